namespace ActorPhysics.Checking.Isolation;

/// <summary>What a micro-operation of a transaction does.</summary>
public enum MicroOperationKind : byte
{
    /// <summary>Adds an element at the end of a key's list.</summary>
    Append,

    /// <summary>Sets a register.</summary>
    Write,

    /// <summary>Reads a whole list.</summary>
    ReadList,

    /// <summary>Reads a register.</summary>
    ReadValue,
}

/// <summary>One micro-operation, by the numbers that its <see cref="TransactionHistory"/> gave to keys, elements and versions.</summary>
/// <param name="Argument">An element, for writes and for reads of a register (<see cref="TransactionHistory.Initial"/> for the value before
/// all writes); a version of the key's list, for reads of a list; <see cref="TransactionHistory.Unseen"/> for a read whose result is unknown.</param>
public readonly record struct MicroOperation(MicroOperationKind Kind, int Key, int Argument)
{
    public bool IsWrite => Kind is MicroOperationKind.Append or MicroOperationKind.Write;

    public bool IsKnownRead => !IsWrite && Argument != TransactionHistory.Unseen;
}
