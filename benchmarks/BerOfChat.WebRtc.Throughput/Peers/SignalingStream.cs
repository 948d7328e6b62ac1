using System.Text.Json;
using System.Threading.Channels;

namespace BerOfChat.WebRtc.Throughput.Peers;

/// <summary>Messages as lines of JSON over the standard streams of two processes.</summary>
internal sealed class SignalingStream
{
    private readonly TextWriter _output;
    private readonly Channel<SignalingMessage> _received = Channel.CreateUnbounded<SignalingMessage>();

    public SignalingStream(TextReader input, TextWriter output)
    {
        _output = TextWriter.Synchronized(output);
        _ = Task.Run(() => ReadAsync(input));
    }

    public ChannelReader<SignalingMessage> Received => _received.Reader;

    public void Send(SignalingMessage message)
    {
        _output.WriteLine(JsonSerializer.Serialize(message));
        _output.Flush();
    }

    private async Task ReadAsync(TextReader input)
    {
        while (await input.ReadLineAsync() is { } line) _received.Writer.TryWrite(JsonSerializer.Deserialize<SignalingMessage>(line)!);
        _received.Writer.TryComplete();
    }
}
