using System.Text;

namespace BerOfChat.WebRtc.Proxies;

/// <summary>Asks an HTTP proxy for a connection (CONNECT, RFC 9110 section 9.3.6), with Basic authentication (RFC 7617) where there are credentials.</summary>
/// <remarks>The credentials go with the first request: they belong to this proxy, and a proxy that wants them would only ask for them and hang up.</remarks>
internal sealed class HttpConnectHandshake : IProxyHandshake
{
    /// <summary>The most bytes of an answer, interim answers included.</summary>
    public const int MaxAnswerSize = 16 * 1024;

    /// <summary>What is looked at of a line; the rest of a longer one is passed over.</summary>
    private const int MaxLineSize = 256;

    private static ReadOnlySpan<byte> AuthenticateField => "proxy-authenticate:"u8;

    private readonly string _host;
    private readonly int _port;
    private readonly ProxyCredentials? _credentials;
    private readonly byte[] _line = new byte[MaxLineSize];
    private bool _isSent;
    private bool _offersBasic;
    private bool _offersOther;
    private int _lineLength;
    private int _total;
    private int _status;

    /// <param name="host">A name, which the proxy resolves, or an address without brackets.</param>
    /// <param name="port">The port there.</param>
    /// <param name="credentials">Who we are to the proxy; null for nobody in particular.</param>
    public HttpConnectHandshake(string host, int port, ProxyCredentials? credentials)
    {
        ProxyHandshake.Validate(host, port, credentials);
        if (credentials?.User.Contains(':', StringComparison.Ordinal) == true) throw new ArgumentException("The user name of an HTTP proxy has no colon (RFC 7617).", nameof(credentials));
        (_host, _port, _credentials) = (host, port, credentials);
    }

    public bool IsEstablished { get; private set; }

    public ProxyFailure? Failure { get; private set; }

    public int Write(Span<byte> destination)
    {
        if (_isSent) return 0;
        _isSent = true;
        string authority = _host.Contains(':', StringComparison.Ordinal) ? $"[{_host}]:{_port}" : $"{_host}:{_port}";
        string authorization = _credentials is null ? "" : $"Proxy-Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{_credentials.User}:{_credentials.Password}"))}\r\n";
        return Encoding.ASCII.GetBytes($"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n{authorization}\r\n", destination);
    }

    public int Handle(ReadOnlySpan<byte> bytes)
    {
        int read = 0;
        while (read < bytes.Length && !IsEstablished && Failure is null)
        {
            byte next = bytes[read++];
            if (++_total > MaxAnswerSize) Fail(ProxyFailureKind.Malformed);
            else if (next == '\n') EndLine();
            else if (_lineLength < MaxLineSize) _line[_lineLength++] = next;
        }

        return read;
    }

    private void EndLine()
    {
        ReadOnlySpan<byte> line = _line.AsSpan(0, _lineLength);
        // A line may also end with LF alone (RFC 9112 section 2.2).
        if (line.EndsWith("\r"u8)) line = line[..^1];
        _lineLength = 0;
        if (_status == 0) BeginAnswer(line);
        else if (line.IsEmpty) EndAnswer();
        else if (StartsWith(line, AuthenticateField)) NoteScheme(line[AuthenticateField.Length..]);
    }

    // HTTP/1.1 200 Connection established
    private void BeginAnswer(ReadOnlySpan<byte> line)
    {
        bool isAnswer = line.Length >= 12 && line.StartsWith("HTTP/1."u8) && line[8] == ' ' && line.Slice(9, 3).IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0 && (line.Length == 12 || line[12] == ' ');
        if (isAnswer) _status = ((line[9] - '0') * 100) + ((line[10] - '0') * 10) + (line[11] - '0');
        if (_status is < 100 or > 599) Fail(ProxyFailureKind.Malformed);
    }

    private void EndAnswer()
    {
        switch (_status)
        {
            case < 200:
                _status = 0;        // an interim answer; another one follows
                break;
            case < 300:
                IsEstablished = true;
                break;
            case 407:
                Fail(_offersOther && !_offersBasic ? ProxyFailureKind.MethodNotSupported : _credentials is null ? ProxyFailureKind.CredentialsRequired : ProxyFailureKind.CredentialsRefused);
                break;
            case 403 or 405:
                Fail(ProxyFailureKind.Forbidden);
                break;
            case 502 or 503 or 504:
                Fail(ProxyFailureKind.DestinationUnreachable);
                break;
            default:
                Fail(ProxyFailureKind.Failed);
                break;
        }
    }

    private void NoteScheme(ReadOnlySpan<byte> value)
    {
        if (StartsWith(value.TrimStart((byte)' '), "basic"u8)) _offersBasic = true;
        else _offersOther = true;
    }

    private void Fail(ProxyFailureKind kind) => Failure = new ProxyFailure(kind, _status is >= 300 and <= 599 ? _status : 0);

    private static bool StartsWith(ReadOnlySpan<byte> line, ReadOnlySpan<byte> lowerCase) => line.Length >= lowerCase.Length && Ascii.EqualsIgnoreCase(line[..lowerCase.Length], lowerCase);
}
