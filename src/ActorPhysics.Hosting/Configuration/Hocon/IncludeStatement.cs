namespace ActorPhysics.Hosting.Configuration.Hocon;

/// <summary>An <c>include</c> in a file. One that is not required may name a missing file, as the specification has it.</summary>
internal sealed record IncludeStatement(SourceLocation Location, string File, bool IsRequired)
{
    /// <summary>How an include may be written, for error messages.</summary>
    public const string Forms = "`include \"file\"`, `include file(\"file\")` or `include required(file(\"file\"))`";

    /// <summary>Null when the text around the quoted file name is none of the forms that name a file.</summary>
    public static IncludeStatement? TryParse(SourceLocation location, string opening, string? file, string closing)
    {
        bool? required = (opening, closing) switch
        {
            ("", "") or ("file(", ")") => false,
            ("required(", ")") or ("required(file(", "))") => true,
            _ => null,
        };
        return file is not null && required is { } isRequired ? new IncludeStatement(location, file, isRequired) : null;
    }
}
