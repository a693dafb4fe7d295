using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Hosting.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>A node in a generic host: it starts and stops with the host, and stops the host when it has to give up.</summary>
internal sealed class NodeHostedService(
    NodeOptions options, StateMachineRegistry machines, ILoggerFactory loggers, IHostApplicationLifetime lifetime, TimeProvider time) : BackgroundService
{
    private readonly Node _node = new(options, machines, loggers, time);

    public Node Node => _node;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await _node.StartAsync(cancellationToken).ConfigureAwait(false);
        await base.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await _node.StopAsync().ConfigureAwait(false);
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await _node.Completion.ConfigureAwait(false);
        }
        catch (Actors.Replicas.JournalFaultException)
        {
            // The node has said why in its log. A process without a journal is of no use: the host ends, and with an error.
            Environment.ExitCode = ExitCodes.JournalFailed;
            lifetime.StopApplication();
        }
    }
}
