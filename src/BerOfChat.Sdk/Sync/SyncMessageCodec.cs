using System.Buffers;
using System.Text;
using BerOfChat.Cryptography;
using BerOfChat.Formats;
using BerOfChat.Logs;
using BerOfChat.Primitives;
using MessagePack;

namespace BerOfChat.Sync;

/// <summary>Room messages on the wire: MessagePack arrays [type, room, …]. Extra elements and unknown types are ignored, missing and mistyped elements are malformed.</summary>
internal static class SyncMessageCodec
{
    /// <summary>The lane that a message takes: history on one, what is written now on the other.</summary>
    public static PeerLane LaneOf(SyncMessage message) =>
        message is SyncMessage.Live or SyncMessage.Key or SyncMessage.KeyWant ? PeerLane.Live : PeerLane.Sync;

    public static byte[] Encode(SyncMessage message)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        var writer = new MessagePackWriter(buffer);
        switch (message)
        {
            case SyncMessage.Hello m:
                Begin(ref writer, 5, HelloType, m.Room);
                Write(ref writer, m.Digest);
                Write(ref writer, m.Changed);
                writer.WriteArrayHeader(0);
                break;
            case SyncMessage.Frontier m:
                Begin(ref writer, 3, FrontierType, m.Room);
                Write(ref writer, m.Heads);
                break;
            case SyncMessage.Want m:
                Begin(ref writer, 6, WantType, m.Room);
                Write(ref writer, m.From.Log);
                writer.Write(m.From.Sequence);
                Write(ref writer, m.From.Hash);
                writer.Write(m.Limit);
                break;
            case SyncMessage.Entries m:
                Begin(ref writer, 5, EntriesType, m.Room);
                Write(ref writer, m.Log);
                writer.WriteArrayHeader(m.Run.Count);
                foreach (EntryBytes entry in m.Run)
                {
                    writer.WriteArrayHeader(2);
                    writer.Write(entry.Header.Span);
                    writer.Write(entry.Payload.Span);
                }

                writer.Write(m.Signature.Span);
                break;
            case SyncMessage.Ack m:
                Begin(ref writer, 3, AckType, m.Room);
                Write(ref writer, m.Heads);
                break;
            case SyncMessage.Live m:
                Begin(ref writer, 5, LiveType, m.Room);
                writer.Write(m.Entry.Header.Span);
                writer.Write(m.Entry.Payload.Span);
                writer.Write(m.Signature.Span);
                break;
            case SyncMessage.Joined m:
                Begin(ref writer, 4, JoinedType, m.Room);
                writer.Write(m.Title);
                writer.WriteArrayHeader(m.Addresses.Count);
                foreach (string address in m.Addresses) writer.Write(address);
                break;
            case SyncMessage.KeyWant m:
                Begin(ref writer, 3, KeyWantType, m.Room);
                writer.WriteArrayHeader(m.Epochs.Count);
                foreach (Bytes32 epoch in m.Epochs) Write(ref writer, epoch);
                break;
            case SyncMessage.Key m:
                Begin(ref writer, 4, KeyType, m.Room);
                Write(ref writer, m.Epoch);
                if (m.Value is { } value) writer.Write(value.Span);
                else writer.WriteNil();
                break;
            default:
                throw new ArgumentException("There is no format for this message.", nameof(message));
        }

        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads a message. False when it is malformed; true with null when its type is unknown and it is to be ignored.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> source, out SyncMessage? message)
    {
        message = null;
        try
        {
            var reader = new MessagePackReader(source);
            int count = reader.ReadArrayHeader();
            int type = reader.ReadInt32();
            Bytes32 room = Read32(ref reader);
            if (count < MinimumCount(type)) return false;
            message = type switch
            {
                HelloType => ReadHello(ref reader, room),
                FrontierType => new SyncMessage.Frontier(room, ReadHeads(ref reader, SyncLimits.MaxHeads)),
                WantType => new SyncMessage.Want(room, new LogHead(Read32(ref reader), ReadSequence(ref reader), Read32(ref reader)), reader.ReadUInt32()),
                EntriesType => new SyncMessage.Entries(room, Read32(ref reader), ReadRun(ref reader), ReadBytes(ref reader, Ed25519.SignatureSize)),
                AckType => new SyncMessage.Ack(room, ReadHeads(ref reader, SyncLimits.MaxHeads)),
                LiveType => new SyncMessage.Live(room, ReadEntry(ref reader), ReadBytes(ref reader, Ed25519.SignatureSize)),
                JoinedType => new SyncMessage.Joined(room, ReadText(ref reader, LogLimits.MaxTitleSize), ReadAddresses(ref reader)),
                KeyWantType => new SyncMessage.KeyWant(room, ReadEpochs(ref reader)),
                KeyType => new SyncMessage.Key(room, Read32(ref reader), reader.TryReadNil() ? (ReadOnlyMemory<byte>?)null : ReadExactly(ref reader, Bytes32.Size)),
                _ => null,
            };
            return true;
        }
        catch (Exception e) when (MessagePackErrors.IsMalformed(e))
        {
            return false;
        }
    }

    private static int MinimumCount(int type) => type switch
    {
        HelloType or EntriesType or LiveType => 5,
        WantType => 6,
        JoinedType or KeyType => 4,
        _ => 3,
    };

    private static void Begin(ref MessagePackWriter writer, int count, int type, Bytes32 room)
    {
        writer.WriteArrayHeader(count);
        writer.Write(type);
        Write(ref writer, room);
    }

    private static void Write(ref MessagePackWriter writer, Bytes32 value)
    {
        writer.Write(value.ToArray().AsSpan());
    }

    private static void Write(ref MessagePackWriter writer, IReadOnlyList<LogHead> heads)
    {
        writer.WriteArrayHeader(heads.Count);
        foreach (LogHead head in heads)
        {
            writer.WriteArrayHeader(3);
            Write(ref writer, head.Log);
            writer.Write(head.Sequence);
            Write(ref writer, head.Hash);
        }
    }

    private static SyncMessage.Hello ReadHello(ref MessagePackReader reader, Bytes32 room)
    {
        var hello = new SyncMessage.Hello(room, Read32(ref reader), ReadHeads(ref reader, SyncLimits.MaxHelloHeads));

        // Nobody writes holes yet; a newer peer may, and they do not change what we ask for.
        Skip(ref reader, ReadCount(ref reader, SyncLimits.MaxHeads));
        return hello;
    }

    private static LogHead[] ReadHeads(ref MessagePackReader reader, int limit)
    {
        var heads = new LogHead[ReadCount(ref reader, limit)];
        for (int i = 0; i < heads.Length; i++)
        {
            int extra = ReadTuple(ref reader, 3);
            heads[i] = new LogHead(Read32(ref reader), ReadSequence(ref reader), Read32(ref reader));
            Skip(ref reader, extra);
        }

        return heads;
    }

    private static EntryBytes[] ReadRun(ref MessagePackReader reader)
    {
        var run = new EntryBytes[ReadCount(ref reader, SyncLimits.MaxRunEntries)];
        if (run.Length == 0) throw new MessagePackSerializationException("A run has at least one entry.");
        for (int i = 0; i < run.Length; i++)
        {
            int extra = ReadTuple(ref reader, 2);
            run[i] = ReadEntry(ref reader);
            Skip(ref reader, extra);
        }

        return run;
    }

    private static EntryBytes ReadEntry(ref MessagePackReader reader) =>
        new(ReadBytes(ref reader, LogLimits.MaxPartSize), ReadBytes(ref reader, LogLimits.MaxPartSize));

    private static Bytes32[] ReadEpochs(ref MessagePackReader reader)
    {
        var epochs = new Bytes32[ReadCount(ref reader, SyncLimits.MaxKeyWants)];
        for (int i = 0; i < epochs.Length; i++) epochs[i] = Read32(ref reader);
        return epochs;
    }

    private static string[] ReadAddresses(ref MessagePackReader reader)
    {
        var addresses = new string[ReadCount(ref reader, SyncLimits.MaxAddresses)];
        for (int i = 0; i < addresses.Length; i++) addresses[i] = ReadText(ref reader, SyncLimits.MaxAddressSize);
        return addresses;
    }

    private static int ReadCount(ref MessagePackReader reader, int limit)
    {
        int count = reader.ReadArrayHeader();
        return count <= limit ? count : throw new MessagePackSerializationException("There are more elements than allowed.");
    }

    private static int ReadTuple(ref MessagePackReader reader, int least)
    {
        int count = reader.ReadArrayHeader();
        return count >= least ? count - least : throw new MessagePackSerializationException("An element is missing.");
    }

    private static void Skip(ref MessagePackReader reader, int count)
    {
        for (int i = 0; i < count; i++) reader.Skip();
    }

    private static ulong ReadSequence(ref MessagePackReader reader)
    {
        ulong value = reader.ReadUInt64();
        return value < LogLimits.FirstUnsafeInteger ? value : throw new MessagePackSerializationException("The number is too large.");
    }

    private static string ReadText(ref MessagePackReader reader, int maxSize)
    {
        ReadOnlySequence<byte> bytes = reader.ReadStringSequence() ?? throw new MessagePackSerializationException("A text is missing.");
        return bytes.Length <= maxSize ? Encoding.UTF8.GetString(bytes) : throw new MessagePackSerializationException("A text is too long.");
    }

    private static Bytes32 Read32(ref MessagePackReader reader) => Bytes32.Read(ReadExactly(ref reader, Bytes32.Size).Span);

    private static ReadOnlyMemory<byte> ReadExactly(ref MessagePackReader reader, int size)
    {
        ReadOnlyMemory<byte> bytes = ReadBytes(ref reader, size);
        return bytes.Length == size ? bytes : throw new MessagePackSerializationException("A field has the wrong size.");
    }

    private static ReadOnlyMemory<byte> ReadBytes(ref MessagePackReader reader, int maxSize)
    {
        ReadOnlySequence<byte> bytes = reader.ReadBytes() ?? throw new MessagePackSerializationException("A field is missing.");
        return bytes.Length <= maxSize ? bytes.ToArray() : throw new MessagePackSerializationException("A field is too long.");
    }

    private const int HelloType = 1;
    private const int FrontierType = 2;
    private const int WantType = 3;
    private const int EntriesType = 4;
    private const int AckType = 5;
    private const int LiveType = 10;
    private const int JoinedType = 11;
    private const int KeyWantType = 12;
    private const int KeyType = 13;
}
