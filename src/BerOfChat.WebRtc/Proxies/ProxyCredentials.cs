namespace BerOfChat.WebRtc.Proxies;

/// <summary>Who we are to a proxy.</summary>
internal sealed class ProxyCredentials(string user, string password)
{
    public string User => user;

    public string Password => password;
}
