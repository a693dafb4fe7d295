using ActorPhysics.Wire.Frames;

namespace ActorPhysics.Hosting.Transport;

/// <summary>What became of a message given to a connection.</summary>
public enum SendResult
{
    /// <summary>It lies in the output buffer and leaves at the end of the iteration, if the connection lives.</summary>
    Accepted,

    /// <summary>The peer is slower than the messages come. Nothing was written; <see cref="IConnectionHandler.OutputDrained"/> tells when to go on.</summary>
    Full,

    /// <summary>No frame that the peer accepts can hold it. Nothing was written; trying again is in vain.</summary>
    TooLong,

    /// <summary>There is no connection.</summary>
    Closed,
}

/// <summary>Writes messages of one kind into frames.</summary>
public interface IFrameEncoder<TMessage>
    where TMessage : allows ref struct
{
    /// <summary>
    /// Appends one message, after <see cref="FrameWriter.Reserve"/> has found it room: that throws before anything is written when no frame
    /// can hold the message. Any other exception ends the connection, whose output may hold half a message.
    /// </summary>
    void Encode(in TMessage message, FrameWriter frames);
}
