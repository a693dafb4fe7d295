namespace ActorPhysics.Hosting.Loops;

/// <summary>How an <see cref="EventLoop"/> spends its time.</summary>
public sealed record EventLoopOptions
{
    /// <summary>The thread's name.</summary>
    public string Name { get; init; } = "loop";

    /// <summary>How many turns actors get before sockets and timers are looked at again.</summary>
    public int MaxTurnsPerIteration { get; init; } = 256;

    /// <summary>How many posted pieces of work run before the rest of the iteration has its turn.</summary>
    public int MaxPostedPerIteration { get; init; } = 4096;

    /// <summary>
    /// How long the loop looks for work again and again after it last had some, before it sleeps. It saves the wake-up, and burns a
    /// processor meanwhile: with few processors that one is missed elsewhere, so the default is zero up to two and 30 µs beyond.
    /// </summary>
    public TimeSpan Spin { get; init; } = Environment.ProcessorCount > 2 ? TimeSpan.FromMicroseconds(30) : TimeSpan.Zero;
}
