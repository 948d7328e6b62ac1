using BerOfChat;
using BerOfChat.Hosting;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers clients of BerOfChat.</summary>
public static class BerOfChatServiceCollectionExtensions
{
    /// <summary>
    /// Adds a client: <see cref="BerOfChatClientAccessor"/>, <see cref="BerOfChatClient"/> for what is made after the host has started, and a hosted service that opens the client while the
    /// host starts and closes it while the host stops. Its options are validated at start; <c>ILoggerFactory</c> and <c>TimeProvider</c> come from the container.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Changes the options.</param>
    /// <returns>Says what the client is made of. Calling again for the same client goes on with it.</returns>
    public static BerOfChatBuilder AddBerOfChat(this IServiceCollection services, Action<BerOfChatOptions>? configure = null) => services.AddBerOfChat(Options.Options.DefaultName, configure);

    /// <summary>Adds one of several clients. Its services are keyed by the name: <c>[FromKeyedServices("alice")] BerOfChatClient client</c>.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="name">Names the client and its options.</param>
    /// <param name="configure">Changes the options.</param>
    /// <returns>Says what the client is made of. Calling again for the same client goes on with it.</returns>
    public static BerOfChatBuilder AddBerOfChat(this IServiceCollection services, string name, Action<BerOfChatOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(name);
        if (configure is not null) services.Configure(name, configure);
        if (services.FirstOrDefault(service => IsBuilder(service, name)) is { } known) return (BerOfChatBuilder)known.KeyedImplementationInstance!;

        var builder = new BerOfChatBuilder(services, name);
        services.AddKeyedSingleton(s_key, builder);
        services.AddOptionsWithValidateOnStart<BerOfChatOptions>(name);
        services.AddSingleton<IValidateOptions<BerOfChatOptions>>(new BerOfChatOptionsValidator(name, builder.Parts));
        if (name.Length == 0)
        {
            services.TryAddSingleton(provider => new BerOfChatClientAccessor(provider, builder.Parts, name));
            services.TryAddSingleton(provider => Open(provider.GetRequiredService<BerOfChatClientAccessor>()));
            services.AddSingleton<IHostedService>(provider => new ClientHostedService(provider.GetRequiredService<BerOfChatClientAccessor>()));
        }
        else
        {
            services.TryAddKeyedSingleton(name, (provider, _) => new BerOfChatClientAccessor(provider, builder.Parts, name));
            services.TryAddKeyedSingleton(name, (provider, _) => Open(provider.GetRequiredKeyedService<BerOfChatClientAccessor>(name)));
            services.AddSingleton<IHostedService>(provider => new ClientHostedService(provider.GetRequiredKeyedService<BerOfChatClientAccessor>(name)));
        }

        return builder;
    }

    private static bool IsBuilder(ServiceDescriptor service, string name) =>
        service.IsKeyedService && service.ServiceKey == s_key && service.KeyedImplementationInstance is BerOfChatBuilder builder && builder.Name == name;

    private static BerOfChatClient Open(BerOfChatClientAccessor accessor) =>
        accessor.TryGetClient(out BerOfChatClient? client)
            ? client
            : throw new InvalidOperationException(
                "The client is not open: a host opens it while it starts and closes it while it stops. Whatever is made outside of that takes BerOfChatClientAccessor and awaits GetClientAsync.");

    private static readonly object s_key = new();
}
