using System.Text.Json;
using BrushEdit.Loading;

namespace BrushEdit.Installing;

/// <summary>Checks downloaded files: a file must match its name, and never be a pickled checkpoint under another name.</summary>
internal static class ContentCheck
{
    private const long LargestJson = 1 << 26;

    /// <summary>Checks a file's form by its first bytes, or completely if it is small.</summary>
    /// <param name="file">The file.</param>
    /// <param name="name">The published name.</param>
    /// <exception cref="EditException">The file is something else.</exception>
    public static void Require(string file, string name)
    {
        try
        {
            RefuseDisguisedPickle(file, name);
            switch (Path.GetExtension(name))
            {
                case ".safetensors":
                    SafetensorsFile.Open(file).Dispose();
                    break;
                case ".gguf":
                    GgufHeader.Read(file);
                    break;
                case ".json":
                    StrictJson.Read(file, LargestJson).Dispose();
                    break;
            }
        }
        catch (Exception fault) when (fault is JsonException || fault is EditException { Kind: EditFault.BadModel })
        {
            throw new EditException(
                EditFault.BadDownload, $"The file '{name}' is not of the kind that its name indicates: {fault.Message}", "Check on the page of the model whether it was changed.", name, fault);
        }
    }

    // PyTorch's archive is a ZIP file; its older form begins with pickle's protocol mark.
    private static void RefuseDisguisedPickle(string file, string name)
    {
        Span<byte> first = stackalloc byte[4];
        using FileStream stream = RegularFile.OpenStream(file);
        int read = stream.ReadAtLeast(first, first.Length, throwOnEndOfStream: false);
        if (read == 4 && (first.SequenceEqual("PK\x03\x04"u8) || (first[0] == 0x80 && first[1] is >= 2 and <= 5 && Path.GetExtension(name) != ".safetensors")))
        {
            throw new EditException(EditFault.BadModel, $"'{name}' is a pickled checkpoint under another name, which can run code when it is loaded.", null, name);
        }
    }
}
