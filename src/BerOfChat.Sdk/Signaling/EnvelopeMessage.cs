using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using BerOfChat.Formats;
using BerOfChat.Identity;
using MessagePack;

namespace BerOfChat.Signaling;

/// <summary>What stands inside an envelope, as a MessagePack array: READY [1]; OFFER [2, id[16], [suite…], sdp, [candidate…]]; ANSWER [3, id, suite or 0, sdp, [candidate…]]; KNOCK [4, DeviceCert].</summary>
/// <remarks>The candidate "" means that there will be no more. Extra elements and unknown types are ignored; a missing or mistyped element drops the message.</remarks>
internal abstract record EnvelopeMessage
{
    /// <summary>The most suites in an offer.</summary>
    public const int MaxSuites = 16;

    /// <summary>The most candidates in an offer or answer, the closing "" included.</summary>
    public const int MaxCandidates = 64;

    private EnvelopeMessage()
    {
    }

    /// <summary>The sender waits at this topic and has no session.</summary>
    public sealed record Ready : EnvelopeMessage;

    /// <summary>Begins an attempt, or repeats its beginning with more candidates.</summary>
    public sealed record Offer(UInt128 Id, IReadOnlyList<ushort> Suites, string Description, IReadOnlyList<string> Candidates) : EnvelopeMessage;

    /// <summary>Answers the offer of the same id. Suite 0 means that none of the offered ones will do; the description is then empty.</summary>
    public sealed record Answer(UInt128 Id, ushort Suite, string Description, IReadOnlyList<string> Candidates) : EnvelopeMessage;

    /// <summary>At a door: a device that its owner may not know, and that waits at the topic of the pair. The certificate's signature is verified.</summary>
    public sealed record Knock(DeviceCertificate Certificate) : EnvelopeMessage;

    public byte[] Encode()
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        var writer = new MessagePackWriter(buffer);
        switch (this)
        {
            case Ready:
                writer.WriteArrayHeader(1);
                writer.Write(ReadyType);
                break;
            case Offer offer:
                writer.WriteArrayHeader(5);
                writer.Write(OfferType);
                WriteId(ref writer, offer.Id);
                writer.WriteArrayHeader(offer.Suites.Count);
                foreach (ushort suite in offer.Suites) writer.Write(suite);
                WriteDescription(ref writer, offer.Description, offer.Candidates);
                break;
            case Answer answer:
                writer.WriteArrayHeader(5);
                writer.Write(AnswerType);
                WriteId(ref writer, answer.Id);
                writer.Write(answer.Suite);
                WriteDescription(ref writer, answer.Description, answer.Candidates);
                break;
            case Knock knock:
                writer.WriteArrayHeader(2);
                writer.Write(KnockType);
                writer.Write(knock.Certificate.Bytes.Span);
                break;
            default:
                throw new System.Diagnostics.UnreachableException();
        }

        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads a message. False when it is malformed or of an unknown type. Never throws.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out EnvelopeMessage? message)
    {
        message = null;
        try
        {
            var reader = new MessagePackReader(bytes);
            int count = reader.ReadArrayHeader();
            if (count < 1) return false;
            message = reader.ReadInt32() switch
            {
                ReadyType => new Ready(),
                OfferType when count >= 5 => ReadOffer(ref reader),
                AnswerType when count >= 5 => ReadAnswer(ref reader),
                KnockType when count >= 2 => ReadKnock(ref reader),
                _ => null,
            };
            return message is not null;
        }
        catch (Exception e) when (MessagePackErrors.IsMalformed(e))
        {
            return false;
        }
    }

    private static Offer? ReadOffer(ref MessagePackReader reader)
    {
        if (!TryReadId(ref reader, out UInt128 id)) return null;
        int count = reader.ReadArrayHeader();
        if (count is < 1 or > MaxSuites) return null;
        ushort[] suites = new ushort[count];
        for (int i = 0; i < count; i++) suites[i] = reader.ReadUInt16();
        return TryReadDescription(ref reader, out string description, out string[] candidates) ? new Offer(id, suites, description, candidates) : null;
    }

    private static Answer? ReadAnswer(ref MessagePackReader reader)
    {
        if (!TryReadId(ref reader, out UInt128 id)) return null;
        ushort suite = reader.ReadUInt16();
        return TryReadDescription(ref reader, out string description, out string[] candidates) ? new Answer(id, suite, description, candidates) : null;
    }

    private static Knock? ReadKnock(ref MessagePackReader reader) =>
        reader.ReadBytes() is { Length: DeviceCertificate.Size } bytes && DeviceCertificate.TryParse(bytes.ToArray(), out DeviceCertificate? certificate) ? new Knock(certificate) : null;

    private static bool TryReadId(ref MessagePackReader reader, out UInt128 id)
    {
        id = default;
        if (reader.ReadBytes() is not { Length: IdSize } bytes) return false;
        id = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes.ToArray());
        return true;
    }

    private static bool TryReadDescription(ref MessagePackReader reader, out string description, out string[] candidates)
    {
        description = reader.ReadString() ?? "";
        int count = reader.ReadArrayHeader();
        candidates = new string[Math.Min(count, MaxCandidates)];
        if (count > MaxCandidates) return false;
        for (int i = 0; i < count; i++)
        {
            if (reader.ReadString() is not { } candidate) return false;
            candidates[i] = candidate;
        }

        return true;
    }

    private static void WriteId(ref MessagePackWriter writer, UInt128 id)
    {
        byte[] bytes = new byte[IdSize];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, id);
        writer.Write(bytes.AsSpan());
    }

    private static void WriteDescription(ref MessagePackWriter writer, string description, IReadOnlyList<string> candidates)
    {
        writer.Write(description);
        writer.WriteArrayHeader(candidates.Count);
        foreach (string candidate in candidates) writer.Write(candidate);
    }

    private const int ReadyType = 1;
    private const int OfferType = 2;
    private const int AnswerType = 3;
    private const int KnockType = 4;
    private const int IdSize = 16;
}
