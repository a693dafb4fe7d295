using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Time;

namespace ActorPhysics.Actors.Runtime;

/// <summary>
/// The timers of one loop: a binary heap over (due time, order of setting), so equal due times fire in the order they were set on every
/// run. Setting and cancelling take O(log n) and, once grown, allocate nothing.
/// </summary>
public sealed class TimerQueue
{
    private const int NotInHeap = -1;

    private Slot[] _slots = [];
    private int[] _heap = [];
    private int _count;
    private int _freeSlots = NotInHeap;
    private int _usedSlots;
    private ulong _nextOrder;

    /// <summary>How many timers are set and neither fired nor cancelled.</summary>
    public int Count => _count;

    /// <summary>When the next timer is due; <see cref="MonotonicTime.Never"/> when none is set.</summary>
    public MonotonicTime NextDue => _count == 0 ? MonotonicTime.Never : _slots[_heap[0]].Due;

    public TimerHandle Set(MonotonicTime due, ITimerTarget target, ulong tag)
    {
        ArgumentNullException.ThrowIfNull(target);
        int index = TakeSlot();
        ref Slot slot = ref _slots[index];
        slot.Due = due;
        slot.Order = _nextOrder++;
        slot.Target = target;
        slot.Tag = tag;
        // Generation 0 is the handle that names no timer.
        slot.Generation = slot.Generation == uint.MaxValue ? 1 : slot.Generation + 1;

        if (_count == _heap.Length)
        {
            Array.Resize(ref _heap, Math.Max(16, _heap.Length * 2));
        }

        _heap[_count] = index;
        slot.HeapPosition = _count;
        _count++;
        SiftUp(_count - 1);
        return new TimerHandle((uint)index, slot.Generation);
    }

    public bool Cancel(TimerHandle timer)
    {
        if (timer.Slot >= (uint)_usedSlots)
        {
            return false;
        }

        int index = (int)timer.Slot;
        if (_slots[index].Generation != timer.Generation || _slots[index].HeapPosition == NotInHeap)
        {
            return false;
        }

        Remove(_slots[index].HeapPosition);
        return true;
    }

    /// <summary>
    /// Fires the timers that are due at <paramref name="now"/>. One that is set while firing waits for the next call even if due, and so
    /// may those behind it: a target that keeps setting a timer for "now" cannot hold the loop.
    /// </summary>
    /// <param name="now">The loop's time.</param>
    /// <param name="faults">Told of a target that threw; the remaining timers still fire.</param>
    /// <returns>How many timers fired.</returns>
    public int FireDue(MonotonicTime now, ILoopFaultListener faults)
    {
        ulong horizon = _nextOrder;
        int fired = 0;
        while (_count > 0)
        {
            int index = _heap[0];
            ref Slot slot = ref _slots[index];
            if (slot.Due > now || slot.Order >= horizon)
            {
                break;
            }

            (ITimerTarget target, ulong tag) = (slot.Target!, slot.Tag);
            var handle = new TimerHandle((uint)index, slot.Generation);
            Remove(0);
            fired++;
            try
            {
                target.TimerFired(handle, tag);
            }
            catch (Exception fault)
            {
                faults.LoopFault(target, fault);
            }
        }

        return fired;
    }

    private int TakeSlot()
    {
        if (_freeSlots != NotInHeap)
        {
            int free = _freeSlots;
            _freeSlots = _slots[free].NextFree;
            return free;
        }

        if (_usedSlots == _slots.Length)
        {
            Array.Resize(ref _slots, Math.Max(16, _slots.Length * 2));
        }

        return _usedSlots++;
    }

    private void Remove(int position)
    {
        int index = _heap[position];
        int last = _heap[--_count];
        if (position != _count)
        {
            _heap[position] = last;
            _slots[last].HeapPosition = position;
            SiftUp(position);
            SiftDown(_slots[last].HeapPosition);
        }

        ref Slot slot = ref _slots[index];
        slot.HeapPosition = NotInHeap;
        slot.Target = null;
        slot.NextFree = _freeSlots;
        _freeSlots = index;
    }

    private void SiftUp(int position)
    {
        int moving = _heap[position];
        while (position > 0)
        {
            int parent = (position - 1) / 2;
            if (!Precedes(moving, _heap[parent]))
            {
                break;
            }

            Place(_heap[parent], position);
            position = parent;
        }

        Place(moving, position);
    }

    private void SiftDown(int position)
    {
        int moving = _heap[position];
        while (true)
        {
            int child = (2 * position) + 1;
            if (child >= _count)
            {
                break;
            }

            if (child + 1 < _count && Precedes(_heap[child + 1], _heap[child]))
            {
                child++;
            }

            if (!Precedes(_heap[child], moving))
            {
                break;
            }

            Place(_heap[child], position);
            position = child;
        }

        Place(moving, position);
    }

    private void Place(int slot, int position)
    {
        _heap[position] = slot;
        _slots[slot].HeapPosition = position;
    }

    private bool Precedes(int a, int b)
    {
        ref Slot left = ref _slots[a];
        ref Slot right = ref _slots[b];
        int byDue = left.Due.CompareTo(right.Due);
        return byDue != 0 ? byDue < 0 : left.Order < right.Order;
    }

    private struct Slot
    {
        public MonotonicTime Due;
        public ulong Order;
        public ITimerTarget? Target;
        public ulong Tag;
        public uint Generation;
        /// <summary>Invariant: <see cref="NotInHeap"/> exactly when the slot is in the free list.</summary>
        public int HeapPosition;
        public int NextFree;
    }
}
