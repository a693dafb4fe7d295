using ActorPhysics.Wire.Buffers;

namespace ActorPhysics.Wire.Frames;

/// <summary>
/// Appends frames to an output buffer. The body is written straight into the buffer between <see cref="Begin"/> and <see cref="End"/>,
/// so that a batch of messages costs one header and no copy. One thread at a time.
/// </summary>
public sealed class FrameWriter(PooledBuffer output, FrameLimits limits)
{
    // A receiver starts on a frame when it has the whole: larger batches would make it wait without saving anything.
    private const int FullEnoughBytes = 256 * 1024;

    private FrameLimits _limits = limits;
    private FrameKind _kind;
    private int _start;

    /// <summary>Where bodies are written while a frame is open, and where whole frames wait to be sent.</summary>
    public PooledBuffer Output { get; } = output;

    /// <summary>Whether a frame was begun and not yet ended. While it is, nothing of the buffer may be sent or consumed.</summary>
    public bool IsOpen => _kind != FrameKind.None;

    /// <summary>The kind of the open frame; <see cref="FrameKind.None"/> when there is none.</summary>
    public FrameKind OpenKind => _kind;

    /// <summary>The bytes written into the open frame's body so far.</summary>
    public int OpenBodyBytes => IsOpen ? Output.Count - _start - FrameHeader.EncodedBytes : 0;

    /// <summary>Replaces the bounds for what is written from now on, for instance after the handshake.</summary>
    /// <exception cref="InvalidOperationException">A frame is open.</exception>
    public void Limit(FrameLimits limits)
    {
        if (IsOpen)
        {
            throw new InvalidOperationException($"The bounds cannot change inside a frame; open: {_kind}.");
        }

        _limits = limits;
    }

    /// <summary>Opens a frame.</summary>
    /// <exception cref="InvalidOperationException">A frame is open already.</exception>
    public void Begin(FrameKind kind)
    {
        if (IsOpen || kind == FrameKind.None)
        {
            throw new InvalidOperationException($"A frame of kind {kind} cannot begin here; open: {_kind}.");
        }

        _start = Output.Count;
        Output.GetSpan(FrameHeader.EncodedBytes);
        Output.Advance(FrameHeader.EncodedBytes);
        _kind = kind;
    }

    /// <summary>Closes the open frame: its header and checksum are filled in and it may be sent.</summary>
    /// <exception cref="InvalidOperationException">No frame is open.</exception>
    /// <exception cref="BufferLimitException">The body outgrew the limit; the frame was dropped.</exception>
    public void End()
    {
        if (!IsOpen)
        {
            throw new InvalidOperationException("No frame is open.");
        }

        int body = OpenBodyBytes;
        if (body > _limits.MaxBodyBytes)
        {
            Abandon();
            throw new BufferLimitException(_limits.MaxBodyBytes, body);
        }

        FrameHeader.Seal(Output.MutableSpan[_start..], _kind);
        _kind = FrameKind.None;
    }

    /// <summary>
    /// Makes sure that a frame of this kind is open and has room for <paramref name="bytes"/> more: the open one if it fits and is not full
    /// enough to be worth sending on its own, else a new one.
    /// </summary>
    /// <returns>Whether a new frame was begun.</returns>
    /// <exception cref="BufferLimitException">No frame can have such a body.</exception>
    public bool Reserve(FrameKind kind, int bytes)
    {
        if (bytes > _limits.MaxBodyBytes)
        {
            throw new BufferLimitException(_limits.MaxBodyBytes, bytes);
        }

        int body = OpenBodyBytes;
        if (_kind == kind && bytes <= _limits.MaxBodyBytes - body && (body == 0 || body < FullEnoughBytes))
        {
            return false;
        }

        EndIfOpen();
        Begin(kind);
        return true;
    }

    /// <summary>Closes the open frame, if any.</summary>
    public void EndIfOpen()
    {
        if (IsOpen)
        {
            End();
        }
    }

    /// <summary>Drops the open frame, if any, as if it had never begun.</summary>
    public void Abandon()
    {
        if (IsOpen)
        {
            Output.Truncate(_start);
            _kind = FrameKind.None;
        }
    }

    /// <summary>Writes one whole frame.</summary>
    public void Write(FrameKind kind, ReadOnlySpan<byte> body)
    {
        Begin(kind);
        Output.Write(body);
        End();
    }
}
