// A signaling server: where two devices meet before they talk directly. It keeps nothing and can read nothing.
//
//   dotnet run --project samples/SignalingServer -- --urls http://127.0.0.1:5080
//
// Clients then use ws://127.0.0.1:5080/berofchat. Beyond your own network put it behind TLS: --urls https://…, or a proxy that passes WebSockets.
WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
builder.Services.AddBerOfChatSignaling();

WebApplication app = builder.Build();
app.MapBerOfChatSignaling();
app.MapGet("/", () => "BerOfChat signaling. Connect a client to /berofchat.");
await app.RunAsync();
