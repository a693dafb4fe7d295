using ActorPhysics.Actors.Ports;
using ActorPhysics.Core;

namespace ActorPhysics.Actors.Runtime;

/// <summary>An actor's name for people and logs, such as <c>n1/g7/r3</c>. <c>default</c> is the empty name.</summary>
public readonly record struct ActorName(string Value)
{
    public override string ToString() => Value ?? "";
}

/// <summary>What every actor needs from its surroundings.</summary>
/// <param name="Name">Unique on its node.</param>
/// <param name="Loop">The loop it is pinned to for life.</param>
/// <param name="Supervisor">Who is told of its faults.</param>
/// <param name="Mailbox">How many messages may wait.</param>
/// <param name="MaxBatchMessages">How many messages it handles before the others on its loop have their turn. At least 1.</param>
public sealed record ActorSettings(ActorName Name, IEventLoop Loop, Supervisor Supervisor, MailboxBounds Mailbox, int MaxBatchMessages)
{
    public static ActorSettings WithDefaults(ActorName name, IEventLoop loop, Supervisor supervisor) =>
        new(name, loop, supervisor, MailboxBounds.Default, MaxBatchMessages: 1024);
}

/// <summary>
/// An object that handles one message at a time, in the order of its mailbox. It drains the mailbox in batches and looks at what the
/// batch led to once, at its end: batching of appends, fsyncs and network writes emerges under load and adds no delay when idle.
/// A message handler is never <c>async</c> and hands no reference to its state to another thread.
/// </summary>
public abstract class Actor<TMessage> : IRunnable, ISupervised
{
    private readonly ActorSettings _settings;
    private readonly Mailbox<TMessage> _mailbox;
    /// <summary>Invariant: true exactly while the loop owes this actor a run, or it is running.</summary>
    private bool _scheduled;

    protected Actor(ActorSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.MaxBatchMessages, 1, nameof(settings));
        _settings = settings;
        _mailbox = new Mailbox<TMessage>(settings.Mailbox);
        settings.Supervisor.Watch(this);
    }

    public ActorName Name => _settings.Name;

    /// <summary>Set once, by a fault or by <see cref="Stop"/>; a stopped actor handles nothing ever again.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>How many messages wait.</summary>
    public int Backlog => _mailbox.Count;

    protected IEventLoop Loop => _settings.Loop;

    /// <summary>False when the mailbox has no room for this class, or the actor is stopped: the sender still owns the message.</summary>
    public bool TryTell(TMessage message, MailClass mail)
    {
        if (IsStopped || !_mailbox.TryPost(message, mail))
        {
            return false;
        }

        ScheduleIfIdle();
        return true;
    }

    /// <summary>
    /// Delivers what the actor asked for itself. Signals are bounded by what the actor has outstanding: one too many means that its
    /// bookkeeping is wrong, and stops it. A stopped actor ignores them.
    /// </summary>
    public void Signal(TMessage message)
    {
        if (IsStopped)
        {
            return;
        }

        if (!_mailbox.TryPost(message, MailClass.Signal))
        {
            End(new InvariantViolationException("MailboxBound", $"{Name} has more signals outstanding than its mailbox reserves room for"));
            return;
        }

        ScheduleIfIdle();
    }

    /// <summary>Ends the actor without a fault: waiting messages and the rest of a batch under way are discarded. Nothing happens when it is stopped already.</summary>
    public void Stop()
    {
        if (IsStopped)
        {
            return;
        }

        End(fault: null);
    }

    /// <summary>Handles one batch. Called by the loop.</summary>
    public void Run()
    {
        if (IsStopped)
        {
            return;
        }

        try
        {
            for (int handled = 0; handled < _settings.MaxBatchMessages && _mailbox.TryTake(out TMessage? message); handled++)
            {
                Receive(message);
                if (IsStopped)
                {
                    return;
                }
            }

            EndOfBatch();
        }
        catch (Exception fault)
        {
            End(fault);
            return;
        }

        _scheduled = false;
        if (_mailbox.Count > 0)
        {
            ScheduleIfIdle();
        }
    }

    /// <summary>Handles one message. Whatever it throws stops this actor, and this actor alone.</summary>
    protected abstract void Receive(TMessage message);

    /// <summary>Called once after each batch: the place where collected effects are interpreted. Not called when a message of the batch threw.</summary>
    protected virtual void EndOfBatch()
    {
    }

    /// <summary>Called once when the actor ends, with the fault or null. It must release what the actor holds, and cannot revive it.</summary>
    protected virtual void OnStopped(Exception? fault)
    {
    }

    private void End(Exception? fault)
    {
        if (IsStopped)
        {
            return;
        }

        IsStopped = true;
        _mailbox.Clear();
        _settings.Supervisor.ActorEnded(this, fault, Loop.Now);
        try
        {
            OnStopped(fault);
        }
        catch (Exception another)
        {
            _settings.Supervisor.EndFailed(this, another, Loop.Now);
        }
    }

    private void ScheduleIfIdle()
    {
        if (_scheduled || IsStopped)
        {
            return;
        }

        _scheduled = true;
        Loop.Schedule(this);
    }
}
