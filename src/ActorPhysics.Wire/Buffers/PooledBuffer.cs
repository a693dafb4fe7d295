using System.Buffers;

namespace ActorPhysics.Wire.Buffers;

/// <summary>
/// A byte queue in one pooled array: written at its end, consumed at its front, grown by doubling, up to a bound. It has one owner at a
/// time. Spans and memories that it hands out are valid until the next write or <see cref="Dispose"/>; whoever passes one to a pending
/// I/O operation leaves the buffer alone until that operation has ended, or the pool gives its array to somebody else.
/// </summary>
public sealed class PooledBuffer : IBufferWriter<byte>, IDisposable
{
    private const int SmallestBytes = 256;

    private readonly int _maxBytes;
    private readonly int _initialBytes;
    private byte[] _array = [];
    private int _start;
    private int _end;

    /// <param name="initialBytes">The size of the first array; it is rented on first use.</param>
    /// <param name="maxBytes">The bound on unconsumed bytes; a write beyond it throws <see cref="BufferLimitException"/>.</param>
    public PooledBuffer(int initialBytes = 4096, int maxBytes = 64 * 1024 * 1024)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(initialBytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBytes, 1);
        _initialBytes = Math.Min(Math.Max(initialBytes, SmallestBytes), maxBytes);
        _maxBytes = maxBytes;
    }

    /// <summary>Bytes written and not yet consumed.</summary>
    public int Count => _end - _start;

    public bool IsEmpty => _end == _start;

    public ReadOnlySpan<byte> WrittenSpan => _array.AsSpan(_start, Count);

    public ReadOnlyMemory<byte> WrittenMemory => _array.AsMemory(_start, Count);

    /// <summary>The written bytes for mending in place, such as a length that is known only once its content is written.</summary>
    public Span<byte> MutableSpan => _array.AsSpan(_start, Count);

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _array.Length - _end);
        _end += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        EnsureRoom(Math.Max(sizeHint, 1));
        return _array.AsMemory(_end);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        EnsureRoom(Math.Max(sizeHint, 1));
        return _array.AsSpan(_end);
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        bytes.CopyTo(GetSpan(bytes.Length));
        _end += bytes.Length;
    }

    /// <summary>Drops <paramref name="count"/> bytes from the front.</summary>
    public void Consume(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Count);
        _start += count;
        if (_start == _end)
        {
            _start = _end = 0;
        }
    }

    /// <summary>Drops everything beyond the first <paramref name="count"/> bytes.</summary>
    public void Truncate(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Count);
        _end = _start + count;
    }

    public void Clear() => _start = _end = 0;

    /// <summary>Gives a large array back to the pool once the buffer is empty, so that one burst does not hold memory for ever.</summary>
    public void ReleaseIfIdle(int keepBytes)
    {
        if (IsEmpty && _array.Length > keepBytes)
        {
            Dispose();
        }
    }

    /// <summary>Returns the array to the pool. The buffer is then empty and may be used again.</summary>
    public void Dispose()
    {
        byte[] array = _array;
        _array = [];
        _start = _end = 0;
        if (array.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(array);
        }
    }

    private void EnsureRoom(int bytes)
    {
        if (_array.Length - _end >= bytes)
        {
            return;
        }

        long needed = (long)Count + bytes;
        if (needed > _maxBytes)
        {
            throw new BufferLimitException(_maxBytes, needed);
        }

        if (_start > 0 && needed <= _array.Length && _start >= Count)
        {
            // At least half of what is kept was consumed: moving the rest costs less than it freed.
            WrittenSpan.CopyTo(_array);
            _end -= _start;
            _start = 0;
            return;
        }

        Grow(needed);
    }

    private void Grow(long needed)
    {
        long target = Math.Max(Math.Max(_initialBytes, needed), Math.Min(2L * _array.Length, _maxBytes));
        byte[] larger = ArrayPool<byte>.Shared.Rent((int)target);
        int count = Count;
        WrittenSpan.CopyTo(larger);
        byte[] old = _array;
        _array = larger;
        _start = 0;
        _end = count;
        if (old.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(old);
        }
    }
}

/// <summary>A buffer would outgrow its bound: its owner should have stopped accepting work earlier.</summary>
public sealed class BufferLimitException(long maxBytes, long neededBytes)
    : Exception($"The buffer's bound is {maxBytes} bytes and {neededBytes} are needed.")
{
    public long MaxBytes { get; } = maxBytes;
    public long NeededBytes { get; } = neededBytes;
}
