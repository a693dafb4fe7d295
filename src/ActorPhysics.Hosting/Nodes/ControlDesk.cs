using ActorPhysics.Actors.ControlPlane;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Runtime;
using ActorPhysics.Hosting.Configuration;
using ActorPhysics.Hosting.Loops;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Placement;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>
/// Follows the node's replicas for the config group: news about them are reported at once, and a replica of the config group has its config actor. An actor that failed is made anew after a pause: it keeps nothing that
/// its successor could miss, and without one the cluster would stand still. Used on the loop only, but for what comes before that runs.
/// </summary>
internal sealed class ControlDesk(
    NodeOptions options, EventLoop loop, Supervisor supervisor, NodeOrders orders, NodeReporter reporter, ConfigHost host) : ITimerTarget
{
    private static readonly TimeSpan RestartPause = TimeSpan.FromSeconds(1);

    private HostedGroup? _group;
    private ConfigActor? _actor;

    /// <summary>A replica came to live here.</summary>
    public void Settled(HostedGroup group)
    {
        if (options.Config.IsOn && group.Id == options.Config.Group)
        {
            _group = group;
            Begin();
        }

        reporter.Nudge();
    }

    public void RoleChanged(HostedGroup group)
    {
        Applied(group);
        reporter.Nudge();
    }

    public void ConfigurationChanged(HostedGroup group)
    {
        if (group.Actor.Role == LineRole.Leader)
        {
            reporter.Nudge();
        }
    }

    /// <summary>A replica applied something.</summary>
    public void Applied(HostedGroup group)
    {
        if (ReferenceEquals(group, _group))
        {
            _actor!.ReplicaMoved();
        }
    }

    /// <summary>An actor of the node failed.</summary>
    public void OnFailed(ActorName actor)
    {
        if (_actor is { IsStopped: true } own && own.Name == actor)
        {
            loop.SetTimer(loop.Now + RestartPause, this, 0);
        }
    }

    public void TimerFired(TimerHandle timer, ulong tag)
    {
        if (_actor is { IsStopped: true } && _group is { Actor.IsStopped: false })
        {
            Begin();
            _actor.ReplicaMoved();
        }
    }

    private void Begin()
    {
        _actor?.Stop();
        ActorSettings settings = ActorSettings.WithDefaults(new ActorName($"{options.OwnNode.Name}/config-actor"), loop, supervisor);
        _actor = new ConfigActor(settings, _group!.Actor, PolicyOf(options), host);
        orders.Reports = _actor;
    }

    private static ConfigPolicy PolicyOf(NodeOptions options)
    {
        ConfigSettings config = options.Config;
        return new ConfigPolicy
        {
            AbsentAfter = config.AbsentAfter,
            PlanEvery = config.ReportInterval,
            Spaces = [.. options.Spaces.Select(space => space.ToSpaceSettings())],
            Placement = new PlacementPolicy { RepairAfter = config.RepairAfter, MostMoves = config.MaxMoves },
        };
    }
}
