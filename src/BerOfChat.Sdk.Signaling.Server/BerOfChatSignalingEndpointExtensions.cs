using BerOfChat.Signaling.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using System.Net.WebSockets;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps the signaling endpoint of BerOfChat.</summary>
public static class BerOfChatSignalingEndpointExtensions
{
    /// <summary>
    /// Serves signaling at a path: WebSocket connections whose frames join and leave random topics, and whose sealed envelopes are passed to the topic's other connections.
    /// Nothing is stored, and neither topics nor addresses are logged. Needs <c>AddBerOfChatSignaling</c>; brings the WebSocket middleware itself.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="path">Where to serve.</param>
    public static IEndpointConventionBuilder MapBerOfChatSignaling(this IEndpointRouteBuilder endpoints, string path = "/berofchat")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentException.ThrowIfNullOrEmpty(path);
        SignalingHub hub = endpoints.ServiceProvider.GetService<SignalingHub>()
            ?? throw new InvalidOperationException("Call builder.Services.AddBerOfChatSignaling() first.");
        CancellationToken stopping = endpoints.ServiceProvider.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        RequestDelegate pipeline = endpoints.CreateApplicationBuilder().UseWebSockets().Use(_ => context => ServeAsync(hub, context, stopping)).Build();
        return endpoints.Map(path, pipeline).WithDisplayName("BerOfChat signaling");
    }

    private static async Task ServeAsync(SignalingHub hub, HttpContext context, CancellationToken stopping)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            context.Response.Headers.Upgrade = "websocket";
            return;
        }

        if (!hub.TryEnter())
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        // From here on the connection counts; RunAsync counts it out.
        SignalingConnection? connection = null;
        try
        {
            WebSocket socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext
            {
                KeepAliveInterval = hub.Options.PingInterval,
                KeepAliveTimeout = hub.Options.PingTimeout,
            }).ConfigureAwait(false);
            connection = new SignalingConnection(hub, socket);
            await connection.RunAsync(stopping).ConfigureAwait(false);
        }
        finally
        {
            if (connection is null) hub.CountOut();
            connection?.Dispose();
        }
    }
}
