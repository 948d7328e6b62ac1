using System.Text;
using BerOfChat.Primitives;

namespace BerOfChat.Sessions.Handshake;

/// <summary>What both sides must agree on before the first message, byte by byte: the offered suites, the choice, and the link they speak over.</summary>
internal static class SessionPrologue
{
    /// <summary>Suites in one offer.</summary>
    public const int MaxOfferedSuites = 16;

    public static byte[] Create(bool isInitiator, IReadOnlyList<ushort> offeredSuites, SessionSuite chosen, ChannelBinding binding)
    {
        if (offeredSuites.Count is 0 or > MaxOfferedSuites) throw new ArgumentException($"An offer names 1 to {MaxOfferedSuites} suites.", nameof(offeredSuites));
        if (!offeredSuites.Contains((ushort)chosen)) throw new ArgumentException("The chosen suite was not offered.", nameof(chosen));

        byte[] context = Encoding.UTF8.GetBytes(binding.Context);
        byte[] prologue = new byte[Label.Length + 1 + (sizeof(ushort) * (offeredSuites.Count + 1)) + 1 + (2 * ChannelBinding.FingerprintSize) + 1 + context.Length];
        var writer = new SpanWriter(prologue);
        writer.WriteBytes(Label);
        writer.WriteByte((byte)offeredSuites.Count);
        foreach (ushort suite in offeredSuites) writer.WriteUInt16(suite);
        writer.WriteUInt16((ushort)chosen);
        writer.WriteByte((byte)binding.Kind);
        writer.WriteBytes((isInitiator ? binding.LocalFingerprint : binding.RemoteFingerprint).Span);
        writer.WriteBytes((isInitiator ? binding.RemoteFingerprint : binding.LocalFingerprint).Span);
        writer.WriteByte((byte)context.Length);
        writer.WriteBytes(context);
        return prologue;
    }

    private static ReadOnlySpan<byte> Label => "BerOfChat/session/1"u8;
}
