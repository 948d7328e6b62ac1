using BerOfChat.WebRtc.Dtls;
using BerOfChat.WebRtc.Dtls.Handshake;

namespace BerOfChat.WebRtc.Tests.Dtls;

/// <summary>Our handshake against OpenSSL's, in both roles, over real sockets of the loopback.</summary>
public sealed class OpenSslTests
{
    /// <summary>Whether we are the client, the program's options, and the cipher suite that both end with.</summary>
    public static TheoryData<bool, string[], string> Combinations => new()
    {
        // As a server it asks for a cookie first.
        { true, [], DtlsCipherSuite.All[0].Name },
        { true, ["-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"], DtlsCipherSuite.Aes128.Name },
        { true, ["-groups", "P-256"], DtlsCipherSuite.All[0].Name },
        { true, ["-groups", "X25519:P-256"], DtlsCipherSuite.All[0].Name },
        { true, ["-mtu", "256"], DtlsCipherSuite.All[0].Name },
        { false, [], DtlsCipherSuite.All[0].Name },
        { false, ["-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"], DtlsCipherSuite.Aes128.Name },
        { false, ["-groups", "P-256"], DtlsCipherSuite.All[0].Name },
        { false, ["-groups", "X25519:P-256"], DtlsCipherSuite.All[0].Name },
        { false, ["-mtu", "256"], DtlsCipherSuite.All[0].Name },
    };

    [Theory]
    [MemberData(nameof(Combinations))]
    public async Task It_connects_and_carries_data_both_ways(bool weAreClient, string[] options, string suite)
    {
        if (!OpenSsl.IsInstalled) Assert.Skip("openssl is not installed.");
        using OpenSsl counterpart = new(weAreClient);
        await counterpart.StartAsync(["-dtls1_2", .. options]);
        await counterpart.WaitAsync(() => counterpart.Endpoint.State == DtlsState.Connected);
        Assert.Equal(suite, counterpart.Endpoint.CipherSuite);

        counterpart.Send("hello from us\n"u8);
        await counterpart.WaitAsync(() => counterpart.Output.Contains("hello from us", StringComparison.Ordinal));
        counterpart.Send("hello from openssl");
        string text = "";
        await counterpart.WaitAsync(() => counterpart.TryRead(out text));
        Assert.Equal("hello from openssl\n", text);
    }

    [Fact]
    public async Task A_client_that_knows_only_an_older_version_is_refused()
    {
        if (!OpenSsl.IsInstalled) Assert.Skip("openssl is not installed.");
        using OpenSsl counterpart = new(weAreClient: false);
        await counterpart.StartAsync("-dtls1", "-cipher", "ALL:@SECLEVEL=0");
        await counterpart.WaitAsync(() => counterpart.Endpoint.State == DtlsState.Failed && counterpart.Output.Contains("alert protocol version", StringComparison.Ordinal));
    }

    /// <summary>As a server it asks for a cookie, so there are six flights; as a client it is asked for none.</summary>
    [Theory]
    [InlineData(true, 1)]
    [InlineData(true, 2)]
    [InlineData(true, 3)]
    [InlineData(true, 4)]
    [InlineData(true, 5)]
    [InlineData(true, 6)]
    [InlineData(false, 1)]
    [InlineData(false, 2)]
    [InlineData(false, 3)]
    [InlineData(false, 4)]
    public async Task Any_flight_that_is_lost_is_repeated_by_one_of_the_two(bool weAreClient, int lost)
    {
        if (!OpenSsl.IsInstalled) Assert.Skip("openssl is not installed.");
        using OpenSsl counterpart = new(weAreClient) { LostFlight = lost };
        await counterpart.StartAsync("-dtls1_2");
        await counterpart.WaitAsync(() => counterpart.Endpoint.State == DtlsState.Connected);
        Assert.True(counterpart.HasLost);

        counterpart.Send("hello from openssl");
        string text = "";
        await counterpart.WaitAsync(() => counterpart.TryRead(out text));
        Assert.Equal("hello from openssl\n", text);
        counterpart.Send("hello from us\n"u8);
        await counterpart.WaitAsync(() => counterpart.Output.Contains("hello from us", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_certificate_that_is_not_the_one_of_the_description_is_refused(bool weAreClient)
    {
        if (!OpenSsl.IsInstalled) Assert.Skip("openssl is not installed.");
        using OpenSsl counterpart = new(weAreClient) { ExpectedFingerprint = new byte[32] };
        await counterpart.StartAsync("-dtls1_2");
        await counterpart.WaitAsync(() => counterpart.Endpoint.State == DtlsState.Failed && counterpart.Output.Contains("alert bad certificate", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_client_that_negotiates_anew_is_told_that_nobody_does()
    {
        if (!OpenSsl.IsInstalled) Assert.Skip("openssl is not installed.");
        using OpenSsl counterpart = new(weAreClient: false);
        await counterpart.StartAsync("-dtls1_2");
        await counterpart.WaitAsync(() => counterpart.Endpoint.State == DtlsState.Connected);
        // Commands are letters at the beginning of a line.
        counterpart.Send("R");
        await counterpart.WaitAsync(() => !counterpart.TryRead(out _) && counterpart.Output.Contains("no renegotiation", StringComparison.Ordinal));
    }
}
