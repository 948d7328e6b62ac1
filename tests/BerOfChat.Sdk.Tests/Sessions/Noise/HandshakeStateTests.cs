using BerOfChat.Cryptography;
using BerOfChat.Sessions.Noise;
using BerOfChat.Simulation;

namespace BerOfChat.Sdk.Tests.Sessions.Noise;

public sealed class HandshakeStateTests
{
    private readonly byte[] _message = new byte[1024];
    private readonly byte[] _payload = new byte[1024];

    // Zero, one and the points of small order: each makes the agreement all zeros.
    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")]
    [InlineData("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157")]
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    public void An_ephemeral_key_that_agrees_on_zeros_is_refused(string ephemeral)
    {
        using X25519PrivateKey key = X25519PrivateKey.Generate(new SeededRandomSource(1));
        using var responder = new HandshakeState(NoisePattern.XX, isInitiator: false, [], key, [], [], new SeededRandomSource(2));
        Assert.True(responder.TryReadMessage(Convert.FromHexString(ephemeral), _payload, out _));
        Assert.False(responder.TryWriteMessage([], _message, out _));
        Assert.False(responder.IsWriting);
    }

    [Fact]
    public void A_failed_handshake_goes_no_further()
    {
        using X25519PrivateKey key = X25519PrivateKey.Generate(new SeededRandomSource(1));
        using var responder = new HandshakeState(NoisePattern.XX, isInitiator: false, [], key, [], [], new SeededRandomSource(2));
        Assert.False(responder.TryReadMessage(new byte[HandshakeState.KeySize - 1], _payload, out _));
        Assert.False(responder.IsReading);
        Assert.Throws<InvalidOperationException>(() => responder.TryReadMessage(new byte[HandshakeState.KeySize], _payload, out _));
        Assert.Throws<InvalidOperationException>(() => responder.Split(new byte[32], new byte[32]));
    }

    [Fact]
    public void Another_prologue_or_psk_fails()
    {
        Assert.True(Completes("same", "same", 1, 1));
        Assert.False(Completes("same", "other", 1, 1));
        Assert.False(Completes("same", "same", 1, 2));
    }

    private bool Completes(string prologue, string prologueThere, byte psk, byte pskThere)
    {
        using X25519PrivateKey key = X25519PrivateKey.Generate(new SeededRandomSource(1));
        using X25519PrivateKey keyThere = X25519PrivateKey.Generate(new SeededRandomSource(2));
        using HandshakeState initiator = Create(isInitiator: true, prologue, key, psk);
        using HandshakeState responder = Create(isInitiator: false, prologueThere, keyThere, pskThere);
        (HandshakeState writer, HandshakeState reader) = (initiator, responder);
        while (!initiator.IsComplete || !responder.IsComplete)
        {
            Assert.True(writer.TryWriteMessage("hello"u8, _message, out int written));
            if (!reader.TryReadMessage(_message.AsSpan(0, written), _payload, out _)) return false;
            (writer, reader) = (reader, writer);
        }

        return true;
    }

    private static HandshakeState Create(bool isInitiator, string prologue, X25519PrivateKey key, byte psk)
    {
        byte[] secret = new byte[HandshakeState.PskSize];
        secret.AsSpan().Fill(psk);
        byte[] text = System.Text.Encoding.UTF8.GetBytes(prologue);
        return new HandshakeState(NoisePattern.XXpsk0, isInitiator, text, key, [], [secret], new SeededRandomSource(psk + (isInitiator ? 10 : 20)));
    }
}
