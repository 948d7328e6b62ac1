using System.Text;

namespace BerOfChat.Storage;

public sealed class UnlockTests
{
    [Fact]
    public void A_composed_and_a_decomposed_password_are_the_same_or_the_second_is_refused()
    {
        byte[] composed = Unlock.WithPassword("caf\u00e9").CopyPassword();
        Assert.Equal(Encoding.UTF8.GetBytes("caf\u00e9"), composed);
        if ("e\u0301".Normalize(NormalizationForm.FormC).Length == 1) Assert.Equal(composed, Unlock.WithPassword("cafe\u0301").CopyPassword());
        else Assert.Throws<ArgumentException>(() => Unlock.WithPassword("cafe\u0301"));
    }

    [Fact]
    public void No_password_is_said_to_be_none()
    {
        Assert.True(Unlock.WithPassword("").IsFilePermissionsOnly);
        Assert.False(Unlock.WithPassword("x").IsFilePermissionsOnly);
        Assert.ThrowsAny<ArgumentException>(() => Unlock.WithPassword("\ud800"));
    }
}
