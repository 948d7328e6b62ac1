namespace BerOfChat.Browser;

[Collection(DefaultChromiumDefinition.Name)]
public sealed class ChromiumMessageTests(DefaultChromium chromium) : MessageContract(chromium)
{
    protected override string CipherSuite => "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";
}

[Collection(DefaultChromiumDefinition.Name)]
public sealed class ChromiumMessageSizeTests(DefaultChromium chromium) : MessageSizeContract(chromium);

[Collection(DefaultChromiumDefinition.Name)]
public sealed class ChromiumPromiseTests(DefaultChromium chromium) : PromiseContract(chromium);

[Collection(DefaultChromiumDefinition.Name)]
public sealed class ChromiumClosingTests(DefaultChromium chromium) : ClosingContract(chromium);
