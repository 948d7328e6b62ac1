using System.Security.Cryptography;
using BerOfChat.Cryptography;
using BerOfChat.Primitives;

namespace BerOfChat.Sessions.Noise;

/// <summary>One side of a Noise handshake (Noise specification, section 5.3). After a failure it does nothing more.</summary>
/// <remarks>An agreement that gives all zeros is refused everywhere: browsers refuse it, and to differ from them would tell implementations apart.</remarks>
internal sealed class HandshakeState : IDisposable
{
    private readonly NoisePattern _pattern;
    private readonly SymmetricState _symmetric;
    private readonly X25519PrivateKey? _static;
    private readonly byte[][] _psks;
    private readonly IRandomSource _random;
    private X25519PrivateKey? _ephemeral;
    private byte[]? _remoteStatic;
    private byte[]? _remoteEphemeral;
    private int _nextMessage;
    private int _nextPsk;
    private bool _isFailed;

    /// <summary>Begins a handshake.</summary>
    /// <param name="pattern">What the messages do.</param>
    /// <param name="isInitiator">Whether this side writes the first message.</param>
    /// <param name="prologue">What both sides must already agree on.</param>
    /// <param name="staticKey">Our static key if the pattern uses one; it stays the caller's.</param>
    /// <param name="remoteStatic">The peer's static key if the pattern knows it beforehand, else empty.</param>
    /// <param name="psks">As many pre-shared keys of 32 bytes as the pattern takes, in order of use; they are copied.</param>
    /// <param name="random">Makes the ephemeral key.</param>
    public HandshakeState(
        NoisePattern pattern, bool isInitiator, ReadOnlySpan<byte> prologue, X25519PrivateKey? staticKey, ReadOnlySpan<byte> remoteStatic,
        IReadOnlyList<ReadOnlyMemory<byte>> psks, IRandomSource random)
    {
        if (psks.Count != pattern.PskCount || psks.Any(psk => psk.Length != PskSize))
            throw new ArgumentException($"The pattern takes {pattern.PskCount} keys of {PskSize} bytes.", nameof(psks));

        _pattern = pattern;
        _static = staticKey;
        _psks = [.. psks.Select(psk => psk.ToArray())];
        _random = random;
        IsInitiator = isInitiator;
        if (!remoteStatic.IsEmpty) _remoteStatic = Bytes32.Read(remoteStatic).ToArray();

        _symmetric = new SymmetricState(pattern.ProtocolName);
        _symmetric.MixHash(prologue);
        if (pattern.IsInitiatorKnown) _symmetric.MixHash(isInitiator ? RequireStatic().PublicKey.Span : RequireKey(_remoteStatic));
        if (pattern.IsResponderKnown) _symmetric.MixHash(isInitiator ? RequireKey(_remoteStatic) : RequireStatic().PublicKey.Span);
    }

    public bool IsInitiator { get; }

    /// <summary>Whether all messages have passed.</summary>
    public bool IsComplete => !_isFailed && _nextMessage == _pattern.Messages.Count;

    /// <summary>Whether it is this side's turn to write.</summary>
    public bool IsWriting => !_isFailed && _nextMessage < _pattern.Messages.Count && (_nextMessage % 2 == 0) == IsInitiator;

    /// <summary>Whether it is this side's turn to read.</summary>
    public bool IsReading => !_isFailed && _nextMessage < _pattern.Messages.Count && !IsWriting;

    /// <summary>The hash of the whole handshake, which both sides share when it is complete.</summary>
    public ReadOnlySpan<byte> Hash => _symmetric.Hash;

    /// <summary>The peer's static key; empty until it is known.</summary>
    public ReadOnlySpan<byte> RemoteStatic => _remoteStatic;

    /// <summary>Writes the next message. False when an agreement gave all zeros, because the peer's key is bad.</summary>
    public bool TryWriteMessage(ReadOnlySpan<byte> payload, Span<byte> destination, out int written)
    {
        if (!IsWriting) throw new InvalidOperationException("It is not this side's turn to write.");

        written = 0;
        var writer = new SpanWriter(destination);
        foreach (NoiseToken token in _pattern.Messages[_nextMessage])
        {
            switch (token)
            {
                case NoiseToken.E:
                    _ephemeral = X25519PrivateKey.Generate(_random);
                    writer.WriteBytes(_ephemeral.PublicKey.Span);
                    HandleEphemeral(_ephemeral.PublicKey.Span);
                    break;
                case NoiseToken.S:
                    WriteEncrypted(RequireStatic().PublicKey.Span, ref writer);
                    break;
                default:
                    if (!TryMix(token)) return Fail();
                    break;
            }
        }

        WriteEncrypted(payload, ref writer);
        written = writer.Position;
        _nextMessage++;
        return true;
    }

    /// <summary>Reads the next message; <paramref name="payload"/> has room for the whole of it. False when anything is wrong with it: the handshake has then failed.</summary>
    public bool TryReadMessage(ReadOnlySpan<byte> message, Span<byte> payload, out int written)
    {
        if (!IsReading) throw new InvalidOperationException("It is not this side's turn to read.");

        written = 0;
        var reader = new SpanReader(message);
        foreach (NoiseToken token in _pattern.Messages[_nextMessage])
        {
            switch (token)
            {
                case NoiseToken.E:
                    if (!reader.TryReadBytes(KeySize, out ReadOnlySpan<byte> ephemeral)) return Fail();
                    _remoteEphemeral = ephemeral.ToArray();
                    HandleEphemeral(ephemeral);
                    break;
                case NoiseToken.S:
                    _remoteStatic = new byte[KeySize];
                    if (!reader.TryReadBytes(KeySize + _symmetric.Overhead, out ReadOnlySpan<byte> encrypted)) return Fail();
                    if (!_symmetric.TryDecryptAndHash(encrypted, _remoteStatic)) return Fail();
                    break;
                default:
                    if (!TryMix(token)) return Fail();
                    break;
            }
        }

        int length = reader.Remaining - _symmetric.Overhead;
        if (length < 0 || length > payload.Length || !_symmetric.TryDecryptAndHash(reader.Rest, payload[..length])) return Fail();
        written = length;
        _nextMessage++;
        return true;
    }

    /// <summary>Derives the keys of the two directions, 32 bytes each.</summary>
    public void Split(Span<byte> initiatorKey, Span<byte> responderKey)
    {
        if (!IsComplete) throw new InvalidOperationException("The handshake is not complete.");
        _symmetric.Split(initiatorKey, responderKey);
    }

    public void Dispose()
    {
        _isFailed = true;
        _symmetric.Dispose();
        _ephemeral?.Dispose();
        foreach (byte[] psk in _psks) CryptographicOperations.ZeroMemory(psk);
    }

    // Where there are pre-shared keys, the ephemeral keys randomise what is encrypted under them (section 9.2).
    private void HandleEphemeral(ReadOnlySpan<byte> ephemeral)
    {
        _symmetric.MixHash(ephemeral);
        if (_psks.Length > 0) _symmetric.MixKey(ephemeral);
    }

    private void WriteEncrypted(ReadOnlySpan<byte> plaintext, ref SpanWriter writer)
    {
        Span<byte> ciphertext = writer.Reserve(plaintext.Length + _symmetric.Overhead);
        _symmetric.EncryptAndHash(plaintext, ciphertext);
    }

    private bool TryMix(NoiseToken token)
    {
        if (token == NoiseToken.Psk)
        {
            _symmetric.MixKeyAndHash(_psks[_nextPsk++]);
            return true;
        }

        // The first letter names the initiator's key, the second the responder's.
        bool isOwnStatic = token == NoiseToken.SS || token == (IsInitiator ? NoiseToken.SE : NoiseToken.ES);
        bool isTheirStatic = token == NoiseToken.SS || token == (IsInitiator ? NoiseToken.ES : NoiseToken.SE);
        X25519PrivateKey own = isOwnStatic ? RequireStatic() : _ephemeral ?? throw new InvalidOperationException("The pattern agrees before it sends a key.");

        Span<byte> secret = stackalloc byte[X25519PrivateKey.SharedSecretSize];
        bool isAgreed = own.TryAgree(RequireKey(isTheirStatic ? _remoteStatic : _remoteEphemeral), secret);
        if (isAgreed) _symmetric.MixKey(secret);
        CryptographicOperations.ZeroMemory(secret);
        return isAgreed;
    }

    private bool Fail()
    {
        _isFailed = true;
        return false;
    }

    private X25519PrivateKey RequireStatic() => _static ?? throw new InvalidOperationException("The pattern needs a static key.");

    private static byte[] RequireKey(byte[]? key) => key ?? throw new InvalidOperationException("The pattern needs a key of the peer that is not known yet.");

    public const int KeySize = X25519PrivateKey.PublicKeySize;
    public const int PskSize = 32;
}
