using BrushEdit.Planning;
using LLama.Native;
using Microsoft.Extensions.AI;

namespace BrushEdit.LLama;

/// <summary>Makes the client of a GGUF model and its projector; found by the planner <c>LLama</c>.</summary>
public sealed class LLamaClientSource : IChatClientSource
{
    private static readonly Lock Gate = new();
    private static bool configured;

    /// <inheritdoc />
    public IChatClient Create(PlannerSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        string model = Gguf(settings.Model, "model", "-Model");
        string projector = Gguf(settings.Projector, "projector (mmproj)", "-Projector");
        if (settings.GpuLayers is < 0)
        {
            throw new EditException(EditFault.BadArgument, $"{settings.GpuLayers} layers cannot go to the GPU.", "Give 0 or more.", settings.GpuLayers);
        }

        Configure();
        return new LLamaChatClient(model, projector, settings.GpuLayers);
    }

    /// <summary>A GGUF file named by the user; its first four bytes are looked at before anything is loaded.</summary>
    private static string Gguf(string? path, string what, string parameter)
    {
        if (string.IsNullOrWhiteSpace(path))
        {
            throw new EditException(EditFault.ModelNotFound, $"The planner LLama has no {what} file.", $"Give a GGUF file with {parameter}.", what);
        }

        string full = Path.GetFullPath(path);
        if (!File.Exists(full))
        {
            throw new EditException(EditFault.ModelNotFound, $"There is no {what} file '{path}'.", $"Give a GGUF file with {parameter}.", path);
        }

        Span<byte> magic = stackalloc byte[4];
        using FileStream file = File.OpenRead(full);
        return file.ReadAtLeast(magic, 4, throwOnEndOfStream: false) == 4 && magic.SequenceEqual("GGUF"u8)
            ? full
            : throw new EditException(EditFault.BadModel, $"The {what} file '{path}' is not a GGUF file.", $"Give a GGUF file with {parameter}.", path);
    }

    // The natives lie beside the module; llama.cpp's log goes nowhere, since a library does not write on the console.
    private static void Configure()
    {
        lock (Gate)
        {
            if (configured)
            {
                return;
            }

            string folder = Path.Combine(Path.GetDirectoryName(typeof(LLamaClientSource).Assembly.Location)!, "llama");
            NativeLibraryConfig.All.WithSearchDirectory(folder).WithAutoFallback().WithLogCallback((_, _) => { });
            configured = true;
        }
    }
}
