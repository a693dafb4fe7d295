namespace ActorPhysics.Hosting.Configuration.Binding;

/// <summary>The least and the greatest value allowed, written as in a file: <c>[Within("1 ms", "1 h")]</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class WithinAttribute(string least, string greatest) : Attribute
{
    public string Least { get; } = least;

    public string Greatest { get; } = greatest;
}

/// <summary>A name that also serves in file names, certificates and metrics: letters, digits, '-', '_', '.'; 64 characters at most.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class IdentifierAttribute : Attribute;

/// <summary>The sibling key that holds what the elements of this list have when they do not say otherwise.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ElementDefaultsAttribute(string key) : Attribute
{
    public string Key { get; } = key;
}
