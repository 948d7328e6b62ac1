namespace BerOfChat.Browser;

[Collection(LibDataChannelDefinition.Name)]
public sealed class LibDataChannelMessageTests(LibDataChannelFixture peer) : MessageContract(peer)
{
    protected override string CipherSuite => "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384";
}

[Collection(LibDataChannelDefinition.Name)]
public sealed class LibDataChannelMessageSizeTests(LibDataChannelFixture peer) : MessageSizeContract(peer);

[Collection(LibDataChannelDefinition.Name)]
public sealed class LibDataChannelPromiseTests(LibDataChannelFixture peer) : PromiseContract(peer)
{
    // Its binding for Node.js shows the defaults for every channel that the other side has opened.
    protected override bool ScriptSeesOurPromise => false;
}

[Collection(LibDataChannelDefinition.Name)]
public sealed class LibDataChannelClosingTests(LibDataChannelFixture peer) : ClosingContract(peer);
