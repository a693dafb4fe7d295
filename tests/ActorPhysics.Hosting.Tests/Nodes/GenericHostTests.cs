using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Client;
using ActorPhysics.Hosting.Configuration;
using ActorPhysics.Hosting.Nodes;
using ActorPhysics.Hosting.Tests.Loops;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ActorPhysics.Hosting.Tests.Nodes;

/// <summary>A node as part of somebody's own host.</summary>
[Collection(NodeTestCollection.Name)]
public sealed class GenericHostTests
{
    [Fact]
    public async Task A_node_starts_and_stops_with_its_host()
    {
        await using var cluster = new TestCluster(nodes: 1, "group-defaults.machine = fragile");
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, cluster.TextOf(1));
        HostApplicationBuilder builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddHocon(file);
        builder.Services.AddLogging(logging => logging.ClearProviders());
        builder.Services.AddActorPhysics(builder.Configuration, machines => machines.Add("fragile", () => new FragileCounter(isFragile: false)));

        using IHost host = builder.Build();
        await host.StartAsync().Within();
        var node = host.Services.GetRequiredService<Node>();
        ActorPhysicsClient client = await cluster.ConnectAsync();
        Reply<int> reply = await FragileCounter.Of(client).ApplyAsync(42);
        await host.StopAsync().Within();
        File.Delete(file);

        Assert.Equal(42, reply.Result);
        Assert.True(node.Completion.IsCompletedSuccessfully);
    }

    [Fact]
    public void A_mistake_in_the_hosts_configuration_is_found_before_the_host_starts()
    {
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("actorphysics:node:idd", "1")])
            .Build();

        var refusal = Assert.Throws<ConfigurationException>(() => new ServiceCollection().AddActorPhysics(configuration));

        Assert.Contains("idd", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_machine_is_registered_once()
    {
        Assert.Throws<ArgumentException>(() => StateMachineRegistry.WithBuiltIns().Add("kv", () => new FragileCounter(isFragile: false)));
    }
}
