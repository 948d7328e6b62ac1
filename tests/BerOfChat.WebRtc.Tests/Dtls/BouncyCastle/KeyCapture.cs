using System.Security.Cryptography;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;

namespace BerOfChat.WebRtc.Tests.Dtls.BouncyCastle;

/// <summary>The library's cryptography, overheard: it tells the keys of the connection and how many records the handshake has sealed with them.</summary>
internal sealed class KeyCapture : BcTlsCrypto, IDisposable
{
    private const int ImplicitNonceSize = 4;
    private CountingCipher? _cipher;
    private byte[] _keyBlock = [];
    private int _keySize;

    /// <summary>The first sequence number of epoch 1 that is free.</summary>
    public ulong NextWriteSequence => _cipher?.NextSequence ?? 0;

    public override TlsCipher CreateCipher(TlsCryptoParameters cryptoParams, int encryptionAlgorithm, int macAlgorithm)
    {
        _keySize = encryptionAlgorithm == EncryptionAlgorithm.AES_256_GCM ? 32 : 16;
        _keyBlock = TlsImplUtilities.CalculateKeyBlock(cryptoParams, 2 * (_keySize + ImplicitNonceSize));
        _cipher = new CountingCipher(base.CreateCipher(cryptoParams, encryptionAlgorithm, macAlgorithm));
        return _cipher;
    }

    /// <summary>Cuts the key block (RFC 5246 section 6.3): client key, server key, client IV, server IV.</summary>
    public (byte[] WriteKey, byte[] WriteIv, byte[] ReadKey, byte[] ReadIv) Cut(bool isClient)
    {
        byte[] clientKey = _keyBlock[.._keySize], serverKey = _keyBlock[_keySize..(2 * _keySize)];
        byte[] clientIv = _keyBlock[(2 * _keySize)..((2 * _keySize) + ImplicitNonceSize)], serverIv = _keyBlock[((2 * _keySize) + ImplicitNonceSize)..];
        return isClient ? (clientKey, clientIv, serverKey, serverIv) : (serverKey, serverIv, clientKey, clientIv);
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_keyBlock);

    private sealed class CountingCipher(TlsCipher inner) : TlsCipher
    {
        private const long SequenceMask = 0xFFFF_FFFF_FFFF;

        public ulong NextSequence { get; private set; }

        public bool UsesOpaqueRecordType => inner.UsesOpaqueRecordType;

        public int GetCiphertextDecodeLimit(int plaintextLimit) => inner.GetCiphertextDecodeLimit(plaintextLimit);

        public int GetCiphertextEncodeLimit(int plaintextLength, int plaintextLimit) => inner.GetCiphertextEncodeLimit(plaintextLength, plaintextLimit);

        public int GetPlaintextLimit(int ciphertextLimit) => inner.GetPlaintextLimit(ciphertextLimit);

        public TlsEncodeResult EncodePlaintext(long seqNo, short contentType, ProtocolVersion recordVersion, int headerAllocation, byte[] plaintext, int offset, int len)
        {
            Count(seqNo);
            return inner.EncodePlaintext(seqNo, contentType, recordVersion, headerAllocation, plaintext, offset, len);
        }

        public TlsEncodeResult EncodePlaintext(long seqNo, short contentType, ProtocolVersion recordVersion, int headerAllocation, ReadOnlySpan<byte> plaintext)
        {
            Count(seqNo);
            return inner.EncodePlaintext(seqNo, contentType, recordVersion, headerAllocation, plaintext);
        }

        public TlsDecodeResult DecodeCiphertext(long seqNo, short recordType, ProtocolVersion recordVersion, byte[] ciphertext, int offset, int len) =>
            inner.DecodeCiphertext(seqNo, recordType, recordVersion, ciphertext, offset, len);

        public void RekeyDecoder() => inner.RekeyDecoder();

        public void RekeyEncoder() => inner.RekeyEncoder();

        private void Count(long epochAndSequence) => NextSequence = Math.Max(NextSequence, (ulong)(epochAndSequence & SequenceMask) + 1);
    }
}
