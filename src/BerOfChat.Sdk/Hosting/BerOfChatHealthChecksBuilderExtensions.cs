using BerOfChat;
using BerOfChat.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers health checks of BerOfChat.</summary>
public static class BerOfChatHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds a check of a client: healthy when it is open; degraded while it opens and while signaling cannot be reached, as far as it was needed; unhealthy when it could not be opened, is closed, or its store
    /// cannot be written. It says why by an error code, and counts rooms and connections; it names no address, person or key.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="clientName">The name under which the client was added; empty for the one without.</param>
    /// <param name="name">The name of the check; by default <c>berofchat</c> with the client's name.</param>
    /// <param name="failureStatus">What to report instead of unhealthy.</param>
    /// <param name="tags">Tags of the check.</param>
    public static IHealthChecksBuilder AddBerOfChat(
        this IHealthChecksBuilder builder, string clientName = "", string? name = null, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(clientName);
        name ??= clientName.Length == 0 ? "berofchat" : "berofchat-" + clientName;
        return builder.Add(new HealthCheckRegistration(name, services => new ClientHealthCheck(Find(services, clientName)), failureStatus, tags));
    }

    private static BerOfChatClientAccessor Find(IServiceProvider services, string name) =>
        name.Length == 0 ? services.GetRequiredService<BerOfChatClientAccessor>() : services.GetRequiredKeyedService<BerOfChatClientAccessor>(name);
}
