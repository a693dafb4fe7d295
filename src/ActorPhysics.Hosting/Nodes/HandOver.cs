using ActorPhysics.Actors.Replicas;
using ActorPhysics.Actors.Runtime;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Inputs;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>A stopping node's wish to hand the leadership of its groups over, all at once.</summary>
internal sealed class HandOver
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open;

    public Task Completion => _done.Task;

    /// <returns>How many groups were asked. On the loop.</returns>
    public int Begin(IEnumerable<HostedGroup> groups)
    {
        ulong request = 0;
        foreach (HostedGroup group in groups)
        {
            bool leads = group.Actor.Role == LineRole.Leader && group.Configuration.Members.Length > 1;
            if (leads && group.Actor.TryTell(new TransferMail(new RequestToken(ClientDoor.NodeSource, ++request), default), MailClass.Request))
            {
                _open++;
            }
        }

        return _open;
    }

    /// <summary>A transfer ended, one way or the other. On the loop.</summary>
    public void OnEnded(RequestToken request)
    {
        if (--_open == 0)
        {
            _done.TrySetResult();
        }
    }
}
