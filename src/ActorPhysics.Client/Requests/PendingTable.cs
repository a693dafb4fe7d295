using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Client.Requests;

/// <summary>
/// Every unanswered request of a client. Each attempt has an id of its own, whose low bits say the slot: an answer finds its request
/// without hashing, and an answer to an earlier attempt, or a second one, finds nobody. Guarded by the gate.
/// </summary>
internal sealed class PendingTable(int maxRequests)
{
    private const int SlotBits = 16;
    private const int SlotMask = Capacity - 1;

    /// <summary>The most requests that any table can hold.</summary>
    public const int Capacity = 1 << SlotBits;

    /// <summary>The most that callers may ask for.</summary>
    public const int MostRequests = Capacity - 1024;

    private readonly Stack<int> _free = new();
    private PendingRequest?[] _slots = new PendingRequest?[64];
    private int _used;
    private ulong _attempts;

    public int Count { get; private set; }

    /// <summary>How many of them are callers' requests, which alone are bounded.</summary>
    public int CallersCount { get; private set; }

    /// <summary>Slots below this may be occupied.</summary>
    public int UsedSlots => _used;

    public PendingRequest? this[int slot] => _slots[slot];

    /// <summary>Takes the request in; false when the table is full. A reserve is kept for the client's own requests.</summary>
    public bool TryAdd(PendingRequest request, bool isInternal)
    {
        if (isInternal ? Count >= Capacity : CallersCount >= maxRequests)
        {
            return false;
        }

        if (!_free.TryPop(out int slot))
        {
            slot = _used++;
            if (slot == _slots.Length)
            {
                Array.Resize(ref _slots, _slots.Length * 2);
            }
        }

        _slots[slot] = request;
        request.Slot = slot;
        request.AttemptId = default;
        request.IsInternal = isInternal;
        Count++;
        CallersCount += isInternal ? 0 : 1;
        return true;
    }

    public void Remove(PendingRequest request)
    {
        _slots[request.Slot] = null;
        _free.Push(request.Slot);
        request.Slot = -1;
        request.AttemptId = default;
        Count--;
        CallersCount -= request.IsInternal ? 0 : 1;
    }

    /// <summary>Names the next attempt of a request; answers to the one before find nobody from here on.</summary>
    public RequestId BeginAttempt(PendingRequest request)
    {
        request.AttemptId = new RequestId((++_attempts << SlotBits) | (uint)request.Slot);
        return request.AttemptId;
    }

    /// <summary>The attempt was answered: a second answer to it finds nobody, whatever the request waits for by then.</summary>
    public static void EndAttempt(PendingRequest request) => request.AttemptId = default;

    /// <summary>The request whose current attempt has this id, or null.</summary>
    public PendingRequest? Find(RequestId attempt)
    {
        int slot = (int)(attempt.Value & SlotMask);
        return attempt != default && slot < _used && _slots[slot] is { } request && request.AttemptId == attempt ? request : null;
    }
}
