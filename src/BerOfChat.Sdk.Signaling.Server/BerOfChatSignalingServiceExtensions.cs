using BerOfChat.Signaling.Server;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers what the signaling endpoint of BerOfChat needs.</summary>
public static class BerOfChatSignalingServiceExtensions
{
    /// <summary>Adds the signaling hub: one for the application, in memory.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Changes the limits.</param>
    public static IServiceCollection AddBerOfChatSignaling(this IServiceCollection services, Action<SignalingServerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (configure is not null) services.Configure(configure);
        services.AddOptions();
        return services.AddSingleton<SignalingHub>();
    }
}
