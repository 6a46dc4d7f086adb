using System.Runtime.InteropServices;

namespace BrushEdit.Linking;

/// <summary>Loads libtorch and the shim, in order and by full path, and reports the system loader's message if that fails.</summary>
public static class LibTorch
{
    // Each library follows its dependencies; libtorch itself loads the rest of its backend.
    private static readonly string[] Order = ["c10", "torch_cpu", "c10_cuda", "torch_cuda", "torch"];

    private static readonly Lock Gate = new();
    private static nint shim;

    /// <summary>The command that installs libtorch.</summary>
    public const string Remedy = "Run Install-EditRuntime, which installs it (-WhatIf shows its size).";

    /// <summary>The loaded runtime; null before loading.</summary>
    public static TorchRuntime? Used { get; private set; }

    /// <summary>Loads libtorch if it is not loaded yet; a failure is not cached, so a runtime that is installed meanwhile is found.</summary>
    /// <returns>The shim's handle.</returns>
    /// <exception cref="EditException">libtorch is missing or cannot be loaded.</exception>
    public static nint Require()
    {
        lock (Gate)
        {
            if (shim == 0)
            {
                TorchRuntime runtime = TorchRuntime.Find() ?? throw new EditException(
                    EditFault.NoDevice, "libtorch, which runs the networks, is not installed.", Remedy, "libtorch");
                ComputeThreads.Prepare();
                shim = Load(runtime);
                Used = runtime;
            }

            return shim;
        }
    }

    /// <summary>As <see cref="Require"/>; zero if it fails.</summary>
    internal static nint TryRequire()
    {
        try
        {
            return Require();
        }
        catch (EditException)
        {
            return 0;
        }
    }

    /// <summary>Loads a runtime.</summary>
    /// <param name="runtime">The runtime.</param>
    /// <returns>The shim's handle.</returns>
    /// <exception cref="EditException">A library is missing or cannot be loaded.</exception>
    private static nint Load(TorchRuntime runtime)
    {
        if (!TorchRuntime.HasLibTorch(runtime.Natives))
        {
            throw Fault(runtime, $"there is no {Platform.FileOf("torch_cpu")}", Path.Combine(runtime.Natives, Platform.FileOf("torch_cpu")));
        }

        foreach (string path in Order.Select(name => Path.Combine(runtime.Natives, Platform.FileOf(name))).Where(File.Exists))
        {
            LoadFile(runtime, path);
        }

        return File.Exists(runtime.Shim)
            ? LoadFile(runtime, runtime.Shim)
            : throw Fault(runtime, $"TorchSharp's library '{runtime.Shim}' is missing", runtime.Shim);
    }

    private static nint LoadFile(TorchRuntime runtime, string path)
    {
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (Exception fault) when (fault is DllNotFoundException or BadImageFormatException)
        {
            throw Fault(runtime, LoaderText(fault.Message, path), path, fault);
        }
    }

    // .NET puts advice before the loader's messages, one line for each name that was tried; the line about the file itself is the relevant one.
    private static string LoaderText(string message, string path)
    {
        string[] lines = message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return lines.Skip(1).FirstOrDefault(line => line.Contains(": ", StringComparison.Ordinal)) ?? $"{Path.GetFileName(path)}: {lines.FirstOrDefault() ?? "no reason given"}";
    }

    private static EditException Fault(TorchRuntime runtime, string why, string target, Exception? inner = null) => new(
        EditFault.NoDevice,
        $"libtorch cannot be loaded from '{runtime.Natives}': {why.TrimEnd('.')}.",
        runtime.Origin == RuntimeOrigin.Variable
            ? $"Remove the variable {TorchRuntime.NativesVariable}, or set it to a folder with a matching libtorch; Install-EditRuntime installs one."
            : "Run Install-EditRuntime -Force, which installs it again; -Backend and -Path select another.",
        target,
        inner);
}
