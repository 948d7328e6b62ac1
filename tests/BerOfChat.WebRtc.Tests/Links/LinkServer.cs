using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace BerOfChat.WebRtc.Tests.Links;

/// <summary>The other end of one stream link: a listener on 127.0.0.1, with a certificate of its own where TLS is asked for.</summary>
internal sealed class LinkServer : IDisposable
{
    /// <summary>The name in the certificate. No DNS has it.</summary>
    public const string Name = "turn.test";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly X509Certificate2 _certificate;

    public LinkServer()
    {
        _listener.Start();
        _certificate = CreateCertificate(Name);
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>Who trusts these trusts the server.</summary>
    public X509Certificate2Collection Roots => [_certificate];

    /// <summary>What the client has asked for in TLS.</summary>
    public string? SeenName { get; private set; }

    public SslApplicationProtocol SeenProtocol { get; private set; }

    public async Task<NetworkStream> AcceptAsync() => new(await _listener.AcceptSocketAsync(TestContext.Current.CancellationToken), ownsSocket: true);

    public async Task<SslStream> AcceptTlsAsync()
    {
        SslStream stream = new(await AcceptAsync());
        try
        {
            await stream.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions { ServerCertificate = _certificate, ApplicationProtocols = [new SslApplicationProtocol("stun.turn")] },
                TestContext.Current.CancellationToken);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }

        SeenName = stream.TargetHostName;
        SeenProtocol = stream.NegotiatedApplicationProtocol;
        return stream;
    }

    public void Dispose()
    {
        _listener.Dispose();
        _certificate.Dispose();
    }

    /// <summary>A certificate that signs itself.</summary>
    public static X509Certificate2 CreateCertificate(string name)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        if (IPAddress.TryParse(name, out IPAddress? address)) names.AddIpAddress(address);
        else names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        using X509Certificate2 made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        // Windows wants the key in a store of its own before it serves TLS.
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}
