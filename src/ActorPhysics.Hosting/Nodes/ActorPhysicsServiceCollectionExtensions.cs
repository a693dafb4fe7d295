using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Hosting.Configuration;
using ActorPhysics.Hosting.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds an ActorPhysics node to a host.</summary>
public static class ActorPhysicsServiceCollectionExtensions
{
    /// <summary>Adds a node configured by the section <c>actorphysics</c> of the host's configuration (see <c>AddHocon</c>).</summary>
    /// <param name="machines">Registers the state machines that groups name; <c>kv</c> and <c>register</c> are there already.</param>
    /// <exception cref="ConfigurationException">The section has mistakes: all of them are listed.</exception>
    public static IServiceCollection AddActorPhysics(
        this IServiceCollection services, IConfiguration configuration, Action<StateMachineRegistry>? machines = null) =>
        services.AddActorPhysics(NodeOptions.FromConfiguration(configuration), machines);

    /// <summary>Adds a node with these options.</summary>
    public static IServiceCollection AddActorPhysics(
        this IServiceCollection services, NodeOptions options, Action<StateMachineRegistry>? machines = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        StateMachineRegistry registry = StateMachineRegistry.WithBuiltIns();
        machines?.Invoke(registry);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton(registry);
        services.AddSingleton<NodeHostedService>();
        services.AddSingleton(provider => provider.GetRequiredService<NodeHostedService>().Node);
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<NodeHostedService>());
        return services;
    }
}
