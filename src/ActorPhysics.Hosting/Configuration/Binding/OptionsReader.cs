using System.Reflection;
using ActorPhysics.Hosting.Configuration.Hocon;
using Microsoft.Extensions.Configuration;

namespace ActorPhysics.Hosting.Configuration.Binding;

/// <summary>From text or from an <see cref="IConfiguration"/> to checked options: merge over the reference, bind, check what fits together.</summary>
internal static class OptionsReader
{
    /// <summary>What locations call the file with the defaults, which is a resource of this assembly.</summary>
    public const string ReferenceName = "actorphysics.reference.conf";

    private static readonly Lazy<HoconInput> Reference = new(LoadReference);

    // Environment variables are the user's to refer to; the defaults are the same everywhere.
    private static readonly Lazy<HoconObject> DefaultSection = new(() =>
        Section(HoconReader.Read([Reference.Value], new HoconReaderOptions { EnvironmentVariable = _ => null })));

    /// <summary>The defaults, as written in the reference file.</summary>
    public static HoconObject Defaults => DefaultSection.Value;

    public static NodeOptions Read(HoconInput input, HoconReaderOptions? reader)
    {
        HoconObject root = HoconReader.Read([Reference.Value, input], reader);
        var findings = new Findings();
        foreach (HoconField field in root.Fields.Where(field => field.Key != NodeOptions.SectionName))
        {
            // Other sections belong to others, but a misspelt name of ours would silently start a node on defaults.
            if (Spelling.Nearest(field.Key, [NodeOptions.SectionName]) is not null)
            {
                findings.Add(new KeyPath([field.Key]).ToString(), field.Location, $"unknown key; did you mean `{NodeOptions.SectionName}`?");
            }
        }

        return Bind(Section(root), new OptionsBinder(findings), findings);
    }

    public static NodeOptions Read(IConfiguration configuration)
    {
        var findings = new Findings();
        HoconObject given = ConfigurationTree.Of(configuration, NodeOptions.SectionName);
        return Bind(given.MergedOver(Defaults), new OptionsBinder(findings, emptyTextIsEmptyList: true), findings);
    }

    private static NodeOptions Bind(HoconObject section, OptionsBinder binder, Findings findings)
    {
        var options = (NodeOptions?)binder.Bind(typeof(NodeOptions), NodeOptions.SectionName, section, Defaults, section.Location);
        if (options is not null)
        {
            new NodeOptionsValidator(options, findings).Validate();
        }

        return findings.Errors.Count == 0
            ? options!
            : throw new ConfigurationException(
                findings.Errors.OrderBy(error => error.Location.File, StringComparer.Ordinal).ThenBy(error => error.Location.Line));
    }

    private static HoconObject Section(HoconObject root)
    {
        root.TryGet(NodeOptions.SectionName, out HoconField? field);
        return field!.Value as HoconObject
            ?? throw new ConfigurationException(field.Location, NodeOptions.SectionName, $"must be an object, not {field.Value.Kind}");
    }

    private static HoconInput LoadReference()
    {
        using Stream resource = Assembly.GetExecutingAssembly().GetManifestResourceStream(ReferenceName)
            ?? throw new InvalidOperationException($"the resource {ReferenceName} is missing from the assembly");
        using var reader = new StreamReader(resource);
        return new HoconInput(ReferenceName, reader.ReadToEnd());
    }
}
