using ActorPhysics.Checking.Causal;
using ActorPhysics.Checking.Histories;

namespace ActorPhysics.Cli;

/// <summary>Reads a history from a file or from the standard input, piece by piece.</summary>
internal static class HistoryFile
{
    private const int PieceBytes = 1 << 20;

    /// <param name="path">A name that ends in .edn, .json, .jsonl or .txt (the plain notation of <see cref="PlainTransactions"/>) tells the notation; else, and for - (the standard input), the first bytes tell it.</param>
    /// <returns>Why it cannot be read; null where it can.</returns>
    public static HistoryFault? Read(string path, out IReadOnlyList<Operation> operations)
    {
        operations = [];
        Stream stream;
        try
        {
            stream = path == "-" ? Console.OpenStandardInput() : File.OpenRead(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return new HistoryFault(0, failure.Message);
        }

        using (stream)
        {
            if (Path.GetExtension(path) == ".txt" && File.ReadAllText(path) is var text && text.TrimStart() is ['r' or 'w', ..])
            {
                PlainTransactions.TryRead(text, out operations, out HistoryFault? fault);
                return fault;
            }

            var pairing = new EventPairing();
            HistoryReader? reader = null;
            byte[] buffer = new byte[PieceBytes];
            for (int read = stream.ReadAtLeast(buffer, PieceBytes, throwOnEndOfStream: false); read > 0; read = stream.Read(buffer))
            {
                ReadOnlySpan<byte> piece = buffer.AsSpan(0, read);
                reader ??= new HistoryReader(FormatOf(path, piece));
                while (reader.TryRead(ref piece, out OperationEvent next))
                {
                    if (pairing.Add(next) is { } orphan)
                    {
                        return orphan;
                    }
                }

                if (reader.Fault is { } malformed)
                {
                    return malformed;
                }
            }

            operations = pairing.Operations();
            return reader?.End();
        }
    }

    private static HistoryFormat FormatOf(string path, ReadOnlySpan<byte> beginning) => Path.GetExtension(path) switch
    {
        ".edn" => HistoryFormat.Edn,
        ".json" or ".jsonl" => HistoryFormat.Json,
        _ => HistoryReader.Sniff(beginning),
    };
}
