using ActorPhysics.Actors.Ports;

namespace ActorPhysics.Hosting.Loops;

/// <summary>Work whose poster wants to know that it will never run.</summary>
internal interface IDroppable
{
    /// <summary>Called instead of running, on any thread.</summary>
    void Dropped();
}

/// <summary>A question put to a loop by another thread, which awaits the answer elsewhere.</summary>
internal sealed class LoopInvocation<T>(Func<T> question) : ILoopWork, IDroppable
{
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Task => _answer.Task;

    public void RunOnLoop()
    {
        try
        {
            _answer.SetResult(question());
        }
        catch (Exception fault)
        {
            _answer.SetException(fault);
        }
    }

    public void Dropped() => _answer.TrySetCanceled();
}
