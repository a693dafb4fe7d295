namespace ActorPhysics.Core.Coordinates;

/// <summary>
/// A command's place within its entry, from 0: an entry is a batch of commands, so a command is named by its entry's coordinate and its
/// ordinal. <c>default</c> is the entry's first command.
/// </summary>
public readonly record struct EntryOrdinal(uint Value) : IComparable<EntryOrdinal>
{
    public static EntryOrdinal First => default;
    public EntryOrdinal Next => new(checked(Value + 1));
    public int CompareTo(EntryOrdinal other) => Value.CompareTo(other.Value);
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
