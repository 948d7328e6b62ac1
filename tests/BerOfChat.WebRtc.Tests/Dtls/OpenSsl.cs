using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using BerOfChat.Primitives;
using BerOfChat.WebRtc.Dtls;
using BerOfChat.WebRtc.Dtls.Handshake;

namespace BerOfChat.WebRtc.Tests.Dtls;

/// <summary>An endpoint of ours on a UDP socket, and <c>openssl s_server</c> or <c>s_client</c> at the other end of the loopback.</summary>
internal sealed class OpenSsl : IDisposable
{
    private readonly MonotonicClock _clock = new(TimeProvider.System);
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("berofchat-dtls-");
    private readonly DtlsCertificate _ours = DtlsCertificate.Create(CryptographicRandomSource.Instance, DateTimeOffset.UtcNow);
    private readonly StringBuilder _output = new();
    private readonly byte[] _buffer = new byte[20_000];
    private readonly int _port;
    private readonly bool _weAreClient;
    private Process? _process;
    private EndPoint? _peer;
    private bool _lastWasOurs;
    private int _flight;
    private int _pump;
    private int _lossyPump;

    public OpenSsl(bool weAreClient)
    {
        _weAreClient = weAreClient;
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _port = weAreClient ? FreePort() : ((IPEndPoint)_socket.LocalEndPoint!).Port;
        Endpoint = new DtlsEndpoint(new DtlsHandshake(_ours, CryptographicRandomSource.Instance));
    }

    public DtlsEndpoint Endpoint { get; }

    /// <summary>Which flight is lost the first time, counted from 1 over both sides; 0 for none.</summary>
    public int LostFlight { get; init; }

    /// <summary>What we expect of its certificate instead of the truth.</summary>
    public byte[]? ExpectedFingerprint { get; init; }

    public bool HasLost => _lossyPump > 0;

    /// <summary>What the program has written so far, on both streams.</summary>
    public string Output
    {
        get
        {
            lock (_output) return _output.ToString();
        }
    }

    public static bool IsInstalled => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(path => File.Exists(Path.Combine(path, "openssl")));

    /// <summary>Makes a certificate with the program itself, starts it with these options, and begins the handshake.</summary>
    public async Task StartAsync(params string[] options)
    {
        string key = Path.Combine(_folder.FullName, "key.pem"), certificate = Path.Combine(_folder.FullName, "certificate.pem"), der = Path.Combine(_folder.FullName, "certificate.der");
        await RunAsync("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=counterpart", "-keyout", key, "-out", certificate);
        await RunAsync("x509", "-in", certificate, "-outform", "DER", "-out", der);
        string[] role = _weAreClient ? ["s_server", "-accept", $"127.0.0.1:{_port}", "-Verify", "1"] : ["s_client", "-connect", $"127.0.0.1:{_port}"];
        _process = Start([.. role, "-cert", certificate, "-key", key, .. options]);
        if (_weAreClient)
        {
            _peer = new IPEndPoint(IPAddress.Loopback, _port);
            await WaitAsync(() => Output.Contains("ACCEPT", StringComparison.Ordinal));
        }

        byte[] fingerprint = ExpectedFingerprint ?? System.Security.Cryptography.SHA256.HashData(await File.ReadAllBytesAsync(der));
        Endpoint.Start(_weAreClient, fingerprint, _clock.Now);
    }

    /// <summary>Moves datagrams until the condition holds.</summary>
    public async Task WaitAsync(Func<bool> condition)
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(30));
        while (!condition())
        {
            Assert.False(patience.IsCancellationRequested, $"We are {Endpoint.State}. openssl says: {Output}");
            Pump();
            await Task.Delay(1);
        }

        Pump();
    }

    public void Send(string line) => _process!.StandardInput.WriteLine(line);

    public void Send(ReadOnlySpan<byte> packet) => _socket.SendTo(_buffer.AsSpan(0, Endpoint.Seal(packet, _buffer)), _peer!);

    public bool TryRead(out string text)
    {
        text = Endpoint.TryReadApplicationData(_clock.Now, out ReadOnlySpan<byte> data) ? Encoding.UTF8.GetString(data) : "";
        return text.Length > 0;
    }

    public void Dispose()
    {
        if (_process is { HasExited: false }) _process.Kill();
        _process?.WaitForExit();
        _process?.Dispose();
        _socket.Dispose();
        Endpoint.Dispose();
        _ours.Dispose();
        _folder.Delete(recursive: true);
    }

    private void Pump()
    {
        _pump++;
        if (Endpoint.NextTimeout <= _clock.Now) Endpoint.HandleTimeout(_clock.Now);
        Drain();
        while (_socket.Available > 0)
        {
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            int length = _socket.ReceiveFrom(_buffer, ref from);
            _peer = from;
            if (!Passes(isOurs: false)) continue;
            Endpoint.HandleDatagram(_buffer.AsSpan(0, length), _clock.Now);
            Drain();
            if (Endpoint.State == DtlsState.Connected) return;
        }
    }

    private void Drain()
    {
        while (_peer is not null && Endpoint.WriteDatagram(_buffer, _clock.Now) is > 0 and int length)
        {
            if (Passes(isOurs: true)) _socket.SendTo(_buffer.AsSpan(0, length), _peer);
        }
    }

    // A flight ends where the other side speaks. What leaves or comes in one go is lost as one.
    private bool Passes(bool isOurs)
    {
        if (_flight == 0 || _lastWasOurs != isOurs) _flight++;
        _lastWasOurs = isOurs;
        if (_flight == LostFlight && !HasLost) _lossyPump = _pump;
        return _flight != LostFlight || _lossyPump != _pump;
    }

    private Process Start(string[] arguments)
    {
        Process process = Process.Start(new ProcessStartInfo("openssl", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.OutputDataReceived += (_, e) => Note(e.Data);
        process.ErrorDataReceived += (_, e) => Note(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private async Task RunAsync(params string[] arguments)
    {
        using Process process = Start(arguments);
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, Output);
    }

    private void Note(string? line)
    {
        lock (_output) _output.AppendLine(line);
    }

    private static int FreePort()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
