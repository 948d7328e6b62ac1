// A signaling server: where two devices meet before they talk directly. It keeps nothing and can read nothing.
if (args is ["-h" or "-?" or "--help", ..])
{
    Console.WriteLine("""
        A signaling server: where two devices meet before they talk directly. It keeps nothing and can read nothing.

        Usage:
          SignalingServer [--urls URL]

        Options:
          --urls URL   where to listen [default: http://127.0.0.1:5080]; several are separated by ';'

        Examples:
          SignalingServer                                  for this machine
          SignalingServer --urls http://192.168.1.5:5080   for a private network
          SignalingServer --urls http://[::]:5080          behind a proxy that ends TLS and passes WebSockets

        Clients then use ws://HOST:PORT/berofchat, or wss://HOST/berofchat beyond a private network:
          ConsoleChat --signal ws://127.0.0.1:5080/berofchat
        """);
    return;
}

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
if (string.IsNullOrEmpty(builder.Configuration["urls"])) builder.WebHost.UseUrls("http://127.0.0.1:5080");
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.AddBerOfChatSignaling();

WebApplication app = builder.Build();
app.MapBerOfChatSignaling();
app.MapGet("/", () => "BerOfChat signaling. Connect a client to /berofchat.");
await app.StartAsync();
foreach (string url in app.Urls) Console.WriteLine($"Clients: ConsoleChat --signal {url.Replace("http", "ws", StringComparison.Ordinal)}/berofchat");
Console.WriteLine("Ctrl+C stops.");
await app.WaitForShutdownAsync();
