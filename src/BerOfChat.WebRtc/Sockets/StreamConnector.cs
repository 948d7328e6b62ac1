using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using BerOfChat.WebRtc.Proxies;

namespace BerOfChat.WebRtc.Sockets;

/// <summary>Makes the stream of a link: name, TCP, proxy, TLS, whatever of them lies between.</summary>
internal sealed class StreamConnector(StreamLinkOptions options)
{
    // RFC 7443 section 4.
    private static readonly List<SslApplicationProtocol> s_protocols = [new("stun.turn")];

    /// <summary>Connects.</summary>
    /// <exception cref="StreamLinkException">It cannot; says why.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<Stream> ConnectAsync(StreamServer server, CancellationToken cancellationToken)
    {
        using CancellationTokenSource timeout = new(options.ConnectTimeout, options.TimeProvider);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            // Which proxy is asked of code that may be the application's and may block: on a thread of the pool, which is where this runs.
            ProxyRoute? proxy = ProxyRoute.Find(options.Proxy, server);
            if (proxy is null && options.RequiresProxy) throw new StreamLinkException(StreamLinkFailureKind.ProxyNotSupported, "The proxy of the options names no proxy for this server, and nothing may go past it where only relays are used. Check its address, its bypass list, and the environment.");
            return proxy is null ? await ConnectDirectlyAsync(server, either.Token).ConfigureAwait(false) : await ConnectThroughAsync(proxy, server, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new StreamLinkException(StreamLinkFailureKind.TimedOut, "The server, or the proxy before it, did not answer in time. A firewall may drop what is sent to its port.", e);
        }
    }

    private async Task<Stream> ConnectDirectlyAsync(StreamServer server, CancellationToken cancellationToken)
    {
        try
        {
            Stream stream = await OpenAsync(server.Host, server.Port, cancellationToken).ConfigureAwait(false);
            return await SecureAsync(stream, server, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException e) when (IsNameFault(e))
        {
            throw new StreamLinkException(StreamLinkFailureKind.NameNotFound, "The name of the server is not known. Check the address of the server, and the network.", e);
        }
        catch (SocketException e)
        {
            throw new StreamLinkException(StreamLinkFailureKind.Unreachable, $"The server does not take the connection ({e.SocketErrorCode}). Check its port, and that it listens for TCP.", e);
        }
    }

    private async Task<Stream> ConnectThroughAsync(ProxyRoute proxy, StreamServer server, CancellationToken cancellationToken)
    {
        try
        {
            IProxyHandshake handshake = proxy.CreateHandshake();
            Stream stream = await OpenAsync(proxy.Host, proxy.Port, cancellationToken).ConfigureAwait(false);
            await AskAsync(stream, handshake, cancellationToken).ConfigureAwait(false);
            return await SecureAsync(stream, server, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            throw new StreamLinkException(StreamLinkFailureKind.ProxyUnreachable, $"The proxy does not take the connection ({e.SocketErrorCode}). Check its address, and that it runs.", e);
        }
    }

    private async Task<Stream> OpenAsync(string host, int port, CancellationToken cancellationToken)
    {
        IPAddress[] addresses = IPAddress.TryParse(host, out IPAddress? literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);
        if (addresses.Length == 0) throw new SocketException((int)SocketError.NoData);
        return new NetworkStream(await AddressRace.RunAsync(addresses, Attempt, options.TimeProvider, cancellationToken).ConfigureAwait(false), ownsSocket: true);

        async Task<Socket> Attempt(IPAddress address, CancellationToken token)
        {
            Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, port), token).ConfigureAwait(false);
                return socket;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    // Disposes of the stream when it fails.
    private static async Task AskAsync(Stream stream, IProxyHandshake handshake, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[ProxyHandshake.MaxRequestSize];
        try
        {
            while (true)
            {
                while (handshake.Write(buffer) is > 0 and int length) await stream.WriteAsync(buffer.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
                if (handshake.IsEstablished) return;
                int received = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
                bool isExtra = handshake.Handle(buffer.AsSpan(0, received)) < received;
                // A server of ours waits until it is spoken to: whatever comes before that is not from it.
                if (received == 0 || isExtra) throw Refused(handshake.Failure ?? new ProxyFailure(ProxyFailureKind.Malformed));
                if (handshake.Failure is { } failure) throw Refused(failure);
            }
        }
        catch (IOException e)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw new StreamLinkException(StreamLinkFailureKind.ProxyUnreachable, "The proxy has broken the connection. Check that it is a proxy of the kind that its address says.", e);
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);     // there was a password in it
        }
    }

    private async Task<Stream> SecureAsync(Stream stream, StreamServer server, CancellationToken cancellationToken)
    {
        if (!server.UseTls) return stream;
        SslPolicyErrors errors = SslPolicyErrors.None;
        SslStream secured = new(stream, leaveInnerStreamOpen: false, (_, _, _, found) => (errors = found) == SslPolicyErrors.None);
        try
        {
            SslClientAuthenticationOptions authentication = new() { TargetHost = server.Host, ApplicationProtocols = s_protocols, CertificateChainPolicy = CreatePolicy() };
            await secured.AuthenticateAsClientAsync(authentication, cancellationToken).ConfigureAwait(false);
            return secured;
        }
        catch (Exception e)
        {
            await secured.DisposeAsync().ConfigureAwait(false);
            if (e is not (AuthenticationException or IOException)) throw;
            throw errors == SslPolicyErrors.None
                ? new StreamLinkException(StreamLinkFailureKind.TlsFailed, "The server does not speak TLS at this port. Is it the port for TLS (5349 or 443)?", e)
                : new StreamLinkException(StreamLinkFailureKind.CertificateRefused, Describe(errors), e);
        }
    }

    // Lists of revoked certificates and missing ones in between are not fetched: that would go past the proxy and tell others whom we talk to.
    private X509ChainPolicy CreatePolicy()
    {
        X509ChainPolicy policy = new() { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        if (options.TrustedRoots is not { } roots) return policy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(roots);
        return policy;
    }

    private static StreamLinkException Refused(ProxyFailure failure) => new(new StreamLinkFailure(StreamLinkFailureKind.ProxyRefused, failure.Text, failure));

    private static string Describe(SslPolicyErrors errors) => errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
        ? "The certificate of the server is for another name. Use the name that stands in the certificate."
        : "The certificate of the server has expired, or comes from somebody whom this machine does not trust. The server has to send its whole chain.";

    private static bool IsNameFault(SocketException e) => e.SocketErrorCode is SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData or SocketError.NoRecovery;
}
