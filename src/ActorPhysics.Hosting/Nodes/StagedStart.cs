using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Time;
using ActorPhysics.Hosting.Loops;
using ActorPhysics.Protocol.Line;
using Microsoft.Extensions.Logging;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>How far a node's start has come.</summary>
/// <param name="Started">Groups whose replica has begun.</param>
/// <param name="Total">Groups that the node holds a replica of.</param>
public readonly record struct StartProgress(int Started, int Total)
{
    public bool IsDone => Started == Total;
}

/// <summary>
/// Starts the replicas of a node a few at a time, in the order of their groups: the next ones when the ones before are silent (where groups never are: know
/// a leader), or have had time enough. A node of ten thousand groups that started them all at once would hold as many elections at the same time, and win
/// few. Every group serves as soon as it is ready. On the loop.
/// </summary>
internal sealed class StagedStart(EventLoop loop, ILogger logger, string node, int most, TimeSpan patience, bool fallSilent) : ITimerTarget
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Report = TimeSpan.FromSeconds(1);

    private readonly List<(HostedGroup Group, MonotonicTime Since)> _rising = [];
    private IReadOnlyList<HostedGroup> _groups = [];
    private int _started;
    private MonotonicTime _beganAt;
    private MonotonicTime _reportedAt;

    public StartProgress Progress => new(_started, _groups.Count);

    public void Begin(IReadOnlyList<HostedGroup> groups)
    {
        _groups = groups;
        _beganAt = _reportedAt = loop.Now;
        GoOn();
    }

    public void TimerFired(TimerHandle timer, ulong tag) => GoOn();

    private void GoOn()
    {
        _rising.RemoveAll(rising => IsSettled(rising.Group) || loop.Now.Since(rising.Since) >= patience);
        while (_rising.Count < most && _started < _groups.Count)
        {
            HostedGroup group = _groups[_started++];
            group.Actor.Start();
            _rising.Add((group, loop.Now));
        }

        if (_started < _groups.Count && loop.Now.Since(_reportedAt) >= Report)
        {
            _reportedAt = loop.Now;
            NodeLog.Starting(logger, node, _started, _groups.Count);
        }

        if (_rising.Count > 0)
        {
            loop.SetTimer(loop.Now + Look, this, 0);
        }
        else if (_groups.Count > most)
        {
            NodeLog.AllStarted(logger, node, _groups.Count, loop.Now.Since(_beganAt).TotalSeconds);
        }
    }

    private bool IsSettled(HostedGroup group) =>
        group.Actor.IsStopped || group.Actor.Role == LineRole.Retired || (fallSilent ? group.Actor.IsQuiescent : group.Actor.LeaderNode != default);
}
