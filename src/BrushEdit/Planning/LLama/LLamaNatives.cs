using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using BrushEdit.Linking;
using LLama.Exceptions;
using LLama.Native;

namespace BrushEdit.Planning;

/// <summary>
/// llama.cpp's libraries: found in the module's own folder, loaded at first use, and prevented from writing to the console. Their error messages are
/// kept, since their functions report only that they failed.
/// </summary>
internal static unsafe class LLamaNatives
{
    private const int MostErrors = 16;
    private const int LongestError = 300;

    private static readonly Lock Gate = new();
    private static readonly Queue<string> Errors = new();
    private static readonly StringBuilder Begun = new();
    private static bool ready;
    private static bool hearsError;

    /// <summary>
    /// The folder that contains them: <c>llama</c> beside this assembly, or in <c>module/lib</c> of the checkout it was built in; null if there is
    /// none.
    /// </summary>
    public static string? Folder { get; } = FindFolder();

    /// <summary>Loads the libraries once per process.</summary>
    /// <exception cref="EditException">They are missing, or the system cannot load them; the message says why.</exception>
    public static void Load()
    {
        lock (Gate)
        {
            if (ready)
            {
                return;
            }

            string folder = Folder ?? throw new EditException(
                EditFault.NoDevice, "The libraries of llama.cpp are not beside the module.", "Build the module for this platform again.", "LLama");
            try
            {
                if (!NativeLibraryConfig.LLama.LibraryHasLoaded)
                {
                    NativeLibraryConfig.All.WithSearchDirectory(folder).WithAutoFallback().WithLogCallback((level, text) => Hear((int)level, text));
                }

                // Its threads, too, wait for one another without spinning.
                ComputeThreads.Prepare();
                _ = NativeApi.llama_max_devices();
                _ = NativeApi.MtmdDefaultMarker();
            }
            catch (Exception fault) when (fault is TypeInitializationException or DllNotFoundException or EntryPointNotFoundException or RuntimeError)
            {
                throw new EditException(
                    EditFault.NoDevice,
                    $"The libraries of llama.cpp cannot be loaded: {LoaderWords(folder) ?? fault.Message}.",
                    "Install what is missing (the GNU OpenMP library libgomp on Linux, the Visual C++ runtime on Windows), or build the module for this platform again.",
                    folder,
                    fault);
            }

            Silence(folder);
            ready = true;
        }
    }

    /// <summary>The errors reported since the last call, oldest first, as one line; empty for none.</summary>
    public static string TakeErrors()
    {
        lock (Errors)
        {
            string text = string.Join("; ", Errors);
            Errors.Clear();
            return text.Length > LongestError ? text[^LongestError..] : text;
        }
    }

    // LLamaSharp sets its callback for llama.cpp and ggml, but not for the multimodal part, which then writes to standard error.
    private static void Silence(string folder)
    {
        if (Multimodal(folder) is { } path && NativeLibrary.TryLoad(path, out nint library) && NativeLibrary.TryGetExport(library, "mtmd_helper_log_set", out nint export))
        {
            ((delegate* unmanaged[Cdecl]<delegate* unmanaged[Cdecl]<int, byte*, void*, void>, void*, void>)export)(&HearNative, null);
        }
    }

    // The same file that LLamaSharp loaded: of several builds only the one for this processor is in use.
    private static string? Multimodal(string folder)
    {
        string[] files = Directory.GetFiles(folder, "*mtmd*", SearchOption.AllDirectories);
        if (files.Length == 1)
        {
            return files[0];
        }

        using Process here = Process.GetCurrentProcess();
        return here.Modules.Cast<ProcessModule>().Select(module => module.FileName).FirstOrDefault(name => Path.GetFileName(name).Contains("mtmd", StringComparison.Ordinal));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void HearNative(int level, byte* text, void* data) => Hear(level, Marshal.PtrToStringUTF8((nint)text) ?? "");

    // A line may arrive in several pieces; those after the first are only marked as continuations.
    private static void Hear(int level, string text)
    {
        const int error = 4;
        const int goesOn = 5;
        lock (Errors)
        {
            hearsError = level == error || (level == goesOn && hearsError);
            if (!hearsError)
            {
                return;
            }

            Begun.Append(text);
            if (!text.EndsWith('\n') && Begun.Length < LongestError)
            {
                return;
            }

            // The name of the reporting function comes first.
            string line = new([.. Begun.ToString().Where(c => !char.IsControl(c))]);
            int colon = line.IndexOf(": ", StringComparison.Ordinal);
            line = colon > 0 && !line.AsSpan(0, colon).Contains(' ') ? line[(colon + 2)..] : line;
            Begun.Clear();
            if (line.Trim().Trim('.') is { Length: > 0 } said)
            {
                Errors.Enqueue(said);
            }

            while (Errors.Count > MostErrors)
            {
                Errors.Dequeue();
            }
        }
    }

    // The system loader's message about the first library that it refuses.
    private static string? LoaderWords(string folder)
    {
        foreach (string part in (string[])["*ggml-base.*", "*ggml-cpu.*", "*ggml.*", "*llama.*", "*mtmd.*"])
        {
            foreach (string file in Directory.EnumerateFiles(folder, part, SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                try
                {
                    NativeLibrary.Load(file);
                    break;
                }
                catch (Exception fault) when (fault is DllNotFoundException or BadImageFormatException)
                {
                    return fault.Message.Split('\n')[0].TrimEnd('.', ' ');
                }
            }
        }

        return null;
    }

    private static string? FindFolder()
    {
        for (string? folder = Path.GetDirectoryName(typeof(LLamaNatives).Assembly.Location); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            foreach (string place in (string[])[Path.Combine(folder, "llama"), Path.Combine(folder, "module", "lib", "llama")])
            {
                if (Directory.Exists(Path.Combine(place, "runtimes")))
                {
                    return place;
                }
            }
        }

        return null;
    }
}
