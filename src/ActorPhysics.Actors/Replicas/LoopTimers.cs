using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Line.Inputs;

namespace ActorPhysics.Actors.Replicas;

/// <summary>A replica's timers on its event loop: one of each kind, a new setting replaces the pending one.</summary>
internal sealed class LoopTimers(ReplicaActor replica, IEventLoop loop) : IReplicaTimers, ITimerTarget
{
    private readonly TimerHandle[] _pending = new TimerHandle[Enum.GetValues<LineTimer>().Length];

    public void Set(LineTimer timer, MonotonicTime due)
    {
        Cancel((int)timer);
        _pending[(int)timer] = loop.SetTimer(due, this, (ulong)timer);
    }

    public void TimerFired(TimerHandle timer, ulong tag)
    {
        if (_pending[tag] == timer)
        {
            _pending[tag] = TimerHandle.None;
            replica.Signal(new TimerMail((LineTimer)tag));
        }
    }

    public void CancelAll()
    {
        for (int kind = 0; kind < _pending.Length; kind++)
        {
            Cancel(kind);
        }
    }

    private void Cancel(int kind)
    {
        if (!_pending[kind].IsNone)
        {
            loop.CancelTimer(_pending[kind]);
            _pending[kind] = TimerHandle.None;
        }
    }
}
