using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace BerOfChat.Hosting;

/// <summary>Says how a client does and why, without an address, a name or a key.</summary>
internal sealed class ClientHealthCheck(BerOfChatClientAccessor accessor) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(Check(context.Registration.FailureStatus));

    private HealthCheckResult Check(HealthStatus failure)
    {
        if (accessor.IsClosed) return new HealthCheckResult(failure, "The client is closed.");
        if (accessor.OpeningError is { } error) return new HealthCheckResult(failure, $"The client could not be opened ({Explain(error)}).");
        if (!accessor.TryGetClient(out BerOfChatClient? client)) return HealthCheckResult.Degraded("The client is not open yet.");

        var data = new Dictionary<string, object> { ["rooms"] = client.Rooms.Count, ["connections"] = client.GetConnections().Count };
        if (accessor.Condition.Store is { } store)
            return new HealthCheckResult(failure, $"The store cannot be written ({store}): what was being written is not durable, and rooms stand still until the client is opened again.", data: data);
        if (accessor.Condition.Signaling is { } signaling)
            return HealthCheckResult.Degraded($"Signaling does not work ({signaling}): open connections go on, new ones do not come about.", data: data);
        return HealthCheckResult.Healthy("The client is open.", data);
    }

    private static string Explain(Exception error) => error is OptionsValidationException ? "its options are not valid" : ClientCondition.CodeOf(error).ToString();
}
