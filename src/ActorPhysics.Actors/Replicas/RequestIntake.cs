using ActorPhysics.Core.Space;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Reads;
using ActorPhysics.Wire.Commands;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Actors.Replicas;

/// <summary>The bounds of what may wait at a replica's door.</summary>
/// <param name="MaximumCommands">Commands and reads taken in between two turns of the replica.</param>
/// <param name="MaximumBatchBytes">Of one entry; a command larger than this travels alone.</param>
/// <param name="MaximumBatchCommands">Of one entry.</param>
public readonly record struct IntakeBounds(int MaximumCommands, int MaximumBatchBytes, int MaximumBatchCommands)
{
    public static IntakeBounds Default => new(8192, 512 * 1024, 4096);
}

/// <summary>
/// The replica's door for clients: commands are copied straight into the batch that becomes the next entry, so that no object is made per
/// command; reads of one level wait together for one certificate. What does not fit is refused at once.
/// </summary>
internal sealed class RequestIntake(IntakeBounds bounds)
{
    // Marks the tokens of reads, whose slot is the request number; clients' own tokens never carry it.
    private const ulong ReadSource = ulong.MaxValue;

    private readonly List<Batch> _batches = [];
    private readonly List<RequestToken> _strong = [];
    private readonly List<RequestToken> _lease = [];
    private readonly List<RequestToken> _follower = [];
    private readonly List<PendingRead> _slots = [];
    private readonly Stack<int> _free = new();
    private int _waiting;

    private sealed class Batch
    {
        public CommandBatchWriter Writer { get; } = new();
        public List<RequestToken> Requests { get; } = [];
    }

    /// <summary>A read under way: whom to answer, and what was asked.</summary>
    /// <param name="Scope">What the asker of a query without a key believes the group to own; null when it did not say.</param>
    public readonly record struct PendingRead(RequestToken Request, ReadOnlyMemory<byte> Query, ConsistencyLevel Level, KeyRange? Scope);

    public bool IsEmpty => _waiting == 0;

    /// <param name="encodedCommand">Copied.</param>
    public bool TryOfferCommand(RequestToken request, ReadOnlySpan<byte> encodedCommand)
    {
        if (_waiting >= bounds.MaximumCommands)
        {
            return false;
        }

        Batch batch = OpenBatch(CommandBatchWriter.CostBytes(encodedCommand.Length));
        batch.Writer.Add(encodedCommand);
        batch.Requests.Add(request);
        _waiting++;
        return true;
    }

    /// <param name="query">Copied.</param>
    public bool TryOfferRead(RequestToken request, ReadOnlySpan<byte> query, ReadLevel level, ConsistencyLevel asked, KeyRange? scope)
    {
        // Reads under way count too: they are forgotten only when they are answered.
        if (_waiting >= bounds.MaximumCommands || _slots.Count - _free.Count >= bounds.MaximumCommands)
        {
            return false;
        }

        var read = new PendingRead(request, query.ToArray(), asked, scope);
        int slot;
        if (_free.TryPop(out int reused))
        {
            slot = reused;
            _slots[slot] = read;
        }
        else
        {
            slot = _slots.Count;
            _slots.Add(read);
        }

        ListOf(level).Add(new RequestToken(ReadSource, (ulong)slot));
        _waiting++;
        return true;
    }

    /// <summary>Whether the token is of a read; it is then forgotten, and its slot free.</summary>
    public bool TryTakeRead(RequestToken token, out PendingRead read)
    {
        if (token.Source != ReadSource)
        {
            read = default;
            return false;
        }

        int slot = (int)token.Request;
        read = _slots[slot];
        _slots[slot] = default;
        _free.Push(slot);
        return true;
    }

    /// <summary>Takes out what the stepper never saw: whom to tell so.</summary>
    public List<RequestToken> TakeUntouched()
    {
        List<RequestToken> untouched = [.. _batches.SelectMany(batch => batch.Requests)];
        foreach (RequestToken token in _strong.Concat(_lease).Concat(_follower))
        {
            if (TryTakeRead(token, out PendingRead read))
            {
                untouched.Add(read.Request);
            }
        }

        _batches.Clear();
        _strong.Clear();
        _lease.Clear();
        _follower.Clear();
        _waiting = 0;
        return untouched;
    }

    /// <summary>What waits at the door, as the stepper's inputs.</summary>
    public void Drain(MonotonicTime now, LogTime wallTime, List<LineInput> inputs)
    {
        foreach (Batch batch in _batches)
        {
            inputs.Add(new WriteRequested(now, wallTime, batch.Writer.WrittenMemory.ToArray(), batch.Requests));
        }

        _batches.Clear();
        Drain(now, ReadLevel.Strong, _strong, inputs);
        Drain(now, ReadLevel.Lease, _lease, inputs);
        Drain(now, ReadLevel.Follower, _follower, inputs);
        _waiting = 0;
    }

    private static void Drain(MonotonicTime now, ReadLevel level, List<RequestToken> requests, List<LineInput> inputs)
    {
        if (requests.Count > 0)
        {
            inputs.Add(new ReadRequested(now, level, requests.ToArray()));
            requests.Clear();
        }
    }

    private Batch OpenBatch(int bytes)
    {
        if (_batches is [.., var open] && open.Writer.Count < bounds.MaximumBatchCommands && open.Writer.ByteCount + bytes <= bounds.MaximumBatchBytes)
        {
            return open;
        }

        var batch = new Batch();
        _batches.Add(batch);
        return batch;
    }

    private List<RequestToken> ListOf(ReadLevel level) => level switch
    {
        ReadLevel.Strong => _strong,
        ReadLevel.Lease => _lease,
        _ => _follower,
    };
}
