using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Hosting.Loops;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>
/// Tells the replicas that the connection with a node came or went. Those at work hear it at once; those of silent groups, which may be thousands and have
/// nothing at stake, a slice at a time, so that the others are not held up. Each hears everything, in order. On the loop.
/// </summary>
internal sealed class LinkNews(EventLoop loop, IReadOnlyDictionary<GroupId, HostedGroup> groups) : ITimerTarget
{
    private const int SliceGroups = 256;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    // Who has not heard the last news yet.
    private readonly Queue<HostedGroup> _sleepers = new();
    private PeerLinkMail? _news;

    public void Tell(NodeId node, bool connected)
    {
        // Who hears the next news must have heard the last.
        TellSleepers(_sleepers.Count);
        bool waits = false;
        _news = new PeerLinkMail(node, connected);
        foreach (HostedGroup group in groups.Values)
        {
            if (group.Actor.IsQuiescent)
            {
                _sleepers.Enqueue(group);
                waits = true;
            }
            else
            {
                group.Actor.Signal(_news);
            }
        }

        if (waits)
        {
            loop.SetTimer(loop.Now, this, 0);
        }
    }

    public void TimerFired(TimerHandle timer, ulong tag)
    {
        TellSleepers(SliceGroups);
        if (_sleepers.Count > 0)
        {
            loop.SetTimer(loop.Now + Pause, this, 0);
        }
    }

    private void TellSleepers(int most)
    {
        for (int told = 0; told < most && _sleepers.TryDequeue(out HostedGroup? group); told++)
        {
            group.Actor.Signal(_news!);
        }
    }
}
