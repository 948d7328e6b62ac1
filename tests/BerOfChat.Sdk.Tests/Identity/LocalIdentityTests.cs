using BerOfChat.Cryptography;
using BerOfChat.Primitives;
using BerOfChat.Simulation;
using CsCheck;

namespace BerOfChat.Identity;

public sealed class LocalIdentityTests
{
    private static readonly DateTimeOffset s_now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly LocalIdentity s_identity = LocalIdentity.Create(new SeededRandomSource(1), s_now);

    [Fact]
    public void An_exported_identity_is_the_same_again_and_a_mixed_one_is_refused()
    {
        byte[] row = s_identity.Export();
        Assert.True(LocalIdentity.TryImport(row, out LocalIdentity? imported));
        Assert.Equal(s_identity.Id, imported.Id);

        byte[] other = LocalIdentity.Create(new SeededRandomSource(2), s_now).Export();
        foreach (int key in new[] { 1, 33, 65 })
        {
            byte[] mixed = [.. row];
            other.AsSpan(key, 32).CopyTo(mixed.AsSpan(key));
            Assert.False(LocalIdentity.TryImport(mixed, out _));
        }

        for (int length = 0; length < row.Length; length++) Assert.False(LocalIdentity.TryImport(row.AsSpan(0, length), out _));
    }

    [Fact]
    public void Any_altered_byte_of_a_certificate_or_a_list_is_found_out()
    {
        byte[] certificate = s_identity.Certificate.Bytes.ToArray();
        Assert.Equal(183, certificate.Length);
        for (int i = 0; i < certificate.Length; i++)
        {
            byte[] altered = [.. certificate];
            altered[i] ^= 1;
            Assert.False(DeviceCertificate.TryParse(altered, out _));
        }

        byte[] list = s_identity.Devices.Bytes.ToArray();
        for (int i = 0; i < list.Length; i++)
        {
            byte[] altered = [.. list];
            altered[i] ^= 1;
            Assert.False(DeviceList.TryParse(altered, out _));
        }

        Assert.True(s_identity.Devices.IsValid(s_identity.Certificate.DeviceSigning));
        Assert.False(s_identity.Devices.IsValid(Bytes32.Zero));
    }

    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")]
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    public void A_certificate_whose_agreement_key_agrees_with_nobody_is_refused(string key)
    {
        using Ed25519PrivateKey account = Ed25519PrivateKey.Generate(new SeededRandomSource(3));
        byte[] certificate = DeviceCertificate.Create(account, s_identity.Certificate.DeviceSigning, s_identity.Certificate.DeviceAgreement, s_now).Bytes.ToArray();
        Convert.FromHexString(key).CopyTo(certificate, 65);
        account.Sign([.. "BerOfChat/device-cert/1\0"u8, .. certificate.AsSpan(0, 119)], certificate.AsSpan(119));
        Assert.False(DeviceCertificate.TryParse(certificate, out _));
    }

    [Fact]
    public void A_certificate_tolerates_a_clock_that_is_a_day_off()
    {
        Assert.True(s_identity.Certificate.IsValidAt(s_now - TimeSpan.FromHours(23)));
        Assert.False(s_identity.Certificate.IsValidAt(s_now - TimeSpan.FromHours(25)));
        Assert.True(s_identity.Certificate.IsValidAt(s_now + TimeSpan.FromDays(10_000)));
    }

    [Fact]
    public void Random_bytes_never_throw() =>
        Gen.Byte.Array[0, 700].Sample(bytes => Assert.False(DeviceCertificate.TryParse(bytes, out _) | DeviceList.TryParse(bytes, out _) | LocalIdentity.TryImport(bytes, out _)), iter: 5_000);
}
