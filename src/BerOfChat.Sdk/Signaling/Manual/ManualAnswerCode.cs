using BerOfChat.Cryptography;
using BerOfChat.Primitives;

namespace BerOfChat.Signaling;

/// <summary>The second code: how the answerer is reached, sealed so that only the issuer of the first one can read it.</summary>
/// <remarks>
/// <code>u8 version 1 | u8 kind 0x11 | e[32] | GCM(AAD = all before; description) | check[4]</code>
/// The nonce is zero: e is new for each answer, and its key seals nothing else.
/// </remarks>
internal static class ManualAnswerCode
{
    public const int MaxSize = FixedSize + ManualDescription.MaxSize;

    public static string Seal(ManualOfferCode offer, ManualDescription description, IRandomSource random)
    {
        using X25519PrivateKey ephemeral = X25519PrivateKey.Generate(random);
        Bytes32 e = Bytes32.Read(ephemeral.PublicKey.Span);
        using Aes256Gcm key = offer.Keys.TryDeriveManual(ephemeral, offer.PublicKey, e) ?? throw new System.Diagnostics.UnreachableException();     // judged when it was read

        byte[] code = new byte[FixedSize + description.Size];
        var writer = new SpanWriter(code);
        writer.WriteByte(ManualCodeText.Version);
        writer.WriteByte(ManualCodeText.AnswerKind);
        writer.WriteBytes(e.ToArray());
        byte[] plain = new byte[description.Size];
        var inner = new SpanWriter(plain);
        description.Write(ref inner);
        key.Seal(s_nonce, code.AsSpan(0, HeaderSize), plain, code.AsSpan(HeaderSize..^ManualCodeText.CheckSize));
        ManualCodeText.WriteCheck(code);
        return ManualCodeText.Encode(code);
    }

    /// <summary>Opens an answer. Never throws.</summary>
    /// <param name="text">The answer.</param>
    /// <param name="offer">The code that it must answer.</param>
    /// <param name="privateKey">The private key of that code.</param>
    /// <param name="description">How the answerer is reached.</param>
    public static ManualCodeError TryOpen(string text, ManualOfferCode offer, X25519PrivateKey privateKey, out ManualDescription? description)
    {
        description = null;
        ManualCodeError error = ManualCodeText.TryDecode(text, ManualCodeText.AnswerKind, out byte[] code);
        if (error != ManualCodeError.None) return error;
        if (code.Length is < FixedSize + ManualDescription.MinSize or > MaxSize) return ManualCodeError.Damaged;

        // The check holds, so what does not open is whole and sealed for somebody else.
        Bytes32 e = Bytes32.Read(code.AsSpan(2, Bytes32.Size));
        using Aes256Gcm? key = offer.Keys.TryDeriveManual(privateKey, e, e);
        byte[] plain = new byte[code.Length - FixedSize];
        if (key is null || !key.TryOpen(s_nonce, code.AsSpan(0, HeaderSize), code.AsSpan(HeaderSize..^ManualCodeText.CheckSize), plain)) return ManualCodeError.OtherOffer;
        return ManualDescription.TryRead(plain, out description) ? ManualCodeError.None : ManualCodeError.Damaged;
    }

    private const int HeaderSize = 2 + Bytes32.Size;
    private const int FixedSize = HeaderSize + Aes256Gcm.TagSize + ManualCodeText.CheckSize;

    private static readonly byte[] s_nonce = new byte[Aes256Gcm.NonceSize];
}
