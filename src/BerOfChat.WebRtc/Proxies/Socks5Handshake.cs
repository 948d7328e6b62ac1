using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace BerOfChat.WebRtc.Proxies;

/// <summary>Asks a SOCKS5 proxy for a connection (CONNECT, RFC 1928), with user name and password (RFC 1929) where there are some. A name is resolved by the proxy, never here.</summary>
internal sealed class Socks5Handshake : IProxyHandshake
{
    private const byte Version = 5, NoAuthentication = 0, UserPassword = 2, NoAcceptableMethod = 0xFF, UserPasswordVersion = 1;
    private const byte Connect = 1, IPv4 = 1, Name = 3, IPv6 = 4;

    private readonly string _host;
    private readonly int _port;
    private readonly ProxyCredentials? _credentials;
    // The longest answer: version, reply, reserved, type, length, name, port.
    private readonly byte[] _answer = new byte[4 + 1 + byte.MaxValue + 2];
    private Step _step = Step.SendGreeting;
    private int _received;

    /// <param name="host">A name or an address.</param>
    /// <param name="port">The port there.</param>
    /// <param name="credentials">Who we are to the proxy; null for nobody in particular.</param>
    public Socks5Handshake(string host, int port, ProxyCredentials? credentials)
    {
        ProxyHandshake.Validate(host, port, credentials);
        (_host, _port, _credentials) = (host, port, credentials);
    }

    private enum Step
    {
        SendGreeting,
        AwaitMethod,
        SendCredentials,
        AwaitVerdict,
        SendRequest,
        AwaitReply,
        Established,
        Failed,
    }

    public bool IsEstablished => _step == Step.Established;

    public ProxyFailure? Failure { get; private set; }

    public int Write(Span<byte> destination)
    {
        switch (_step)
        {
            case Step.SendGreeting:
                _step = Step.AwaitMethod;
                return WriteGreeting(destination);
            case Step.SendCredentials:
                _step = Step.AwaitVerdict;
                return WriteCredentials(destination);
            case Step.SendRequest:
                _step = Step.AwaitReply;
                return WriteRequest(destination);
            default:
                return 0;
        }
    }

    public int Handle(ReadOnlySpan<byte> bytes)
    {
        int read = 0;
        while (read < bytes.Length && _step is not (Step.Established or Step.Failed))
        {
            // It speaks only when it is asked.
            if (_step is Step.SendGreeting or Step.SendCredentials or Step.SendRequest)
            {
                Fail(ProxyFailureKind.Malformed);
                break;
            }

            _answer[_received++] = bytes[read++];
            HandleAnswer(_answer.AsSpan(0, _received));
        }

        return read;
    }

    private int WriteGreeting(Span<byte> destination)
    {
        ReadOnlySpan<byte> greeting = _credentials is null ? [Version, 1, NoAuthentication] : [Version, 2, NoAuthentication, UserPassword];
        greeting.CopyTo(destination);
        return greeting.Length;
    }

    private int WriteCredentials(Span<byte> destination)
    {
        destination[0] = UserPasswordVersion;
        int length = 1;
        foreach (string text in (ReadOnlySpan<string>)[_credentials!.User, _credentials.Password])
        {
            int size = Encoding.UTF8.GetBytes(text, destination[(length + 1)..]);
            destination[length] = (byte)size;
            length += 1 + size;
        }

        return length;
    }

    private int WriteRequest(Span<byte> destination)
    {
        destination[0] = Version;
        destination[1] = Connect;
        destination[2] = 0;
        int length = 4;
        if (IPAddress.TryParse(_host, out IPAddress? address))
        {
            destination[3] = address.AddressFamily == AddressFamily.InterNetworkV6 ? IPv6 : IPv4;
            address.TryWriteBytes(destination[length..], out int size);
            length += size;
        }
        else
        {
            destination[3] = Name;
            destination[length] = (byte)Encoding.ASCII.GetBytes(_host, destination[(length + 1)..]);
            length += 1 + destination[length];
        }

        BinaryPrimitives.WriteUInt16BigEndian(destination[length..], (ushort)_port);
        return length + 2;
    }

    private void HandleAnswer(ReadOnlySpan<byte> answer)
    {
        if (_step == Step.AwaitReply) HandleReply(answer);
        else if (answer.Length == 2 && _step == Step.AwaitMethod) HandleMethod(answer[0], answer[1]);
        else if (answer.Length == 2) HandleVerdict(answer[0], answer[1]);
    }

    private void HandleMethod(byte version, byte method)
    {
        if (version != Version) Fail(ProxyFailureKind.Malformed);
        else if (method == NoAuthentication) Go(Step.SendRequest);
        else if (method == UserPassword && _credentials is not null) Go(Step.SendCredentials);
        else if (method == NoAcceptableMethod) Fail(_credentials is null ? ProxyFailureKind.CredentialsRequired : ProxyFailureKind.MethodNotSupported);
        else Fail(ProxyFailureKind.Malformed);
    }

    private void HandleVerdict(byte version, byte status)
    {
        if (version != UserPasswordVersion) Fail(ProxyFailureKind.Malformed);
        else if (status != 0) Fail(ProxyFailureKind.CredentialsRefused);
        else Go(Step.SendRequest);
    }

    private void HandleReply(ReadOnlySpan<byte> reply)
    {
        if (reply[0] != Version)
        {
            Fail(ProxyFailureKind.Malformed);
            return;
        }

        // A refusal may end here: some proxies do not say the address behind it.
        if (reply.Length >= 2 && reply[1] != 0)
        {
            Fail(ToKind(reply[1]), reply[1]);
            return;
        }

        if (reply.Length < 5) return;
        int addressSize = reply[3] switch { IPv4 => 4, IPv6 => 16, Name => 1 + reply[4], _ => 0 };
        if (addressSize == 0) Fail(ProxyFailureKind.Malformed);
        else if (reply.Length == 4 + addressSize + 2) Go(Step.Established);
    }

    private void Go(Step step)
    {
        _step = step;
        _received = 0;
    }

    private void Fail(ProxyFailureKind kind, int code = 0)
    {
        _step = Step.Failed;
        Failure = new ProxyFailure(kind, code);
    }

    // RFC 1928 section 6.
    private static ProxyFailureKind ToKind(byte reply) => reply switch
    {
        2 => ProxyFailureKind.Forbidden,
        3 or 4 or 6 => ProxyFailureKind.DestinationUnreachable,
        5 => ProxyFailureKind.DestinationRefused,
        _ => ProxyFailureKind.Failed,
    };
}
