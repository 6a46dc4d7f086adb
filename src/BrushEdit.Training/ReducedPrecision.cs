using System.Runtime.InteropServices;

namespace BrushEdit.Training;

/// <summary>
/// Runs the costly operations of the CPU (convolutions, matrix products, attention) in bfloat16 while weights, norms and losses stay in
/// single precision: libtorch's autocast. TorchSharp does not wrap it, so its entry points are called directly, under the names the GNU
/// and Clang toolchains give them; on Windows training stays in single precision.
/// </summary>
public sealed partial class ReducedPrecision : IDisposable
{
    private const string Library = "libtorch_cpu";
    private const sbyte Cpu = 0;
    private const sbyte BFloat16 = 15;

    private readonly bool active;

    /// <summary>Enables autocast on this thread; disposal discards the cached bfloat16 copies of weights, so each step opens a new one.</summary>
    /// <param name="wanted">False to change nothing.</param>
    /// <exception cref="EditException">This platform is not supported (BadArgument).</exception>
    public ReducedPrecision(bool wanted)
    {
        if (!wanted)
        {
            return;
        }

        if (!IsSupported)
        {
            throw new EditException(EditFault.BadArgument, "Training in bfloat16 is not supported on Windows.", "Train with --precision single.", "bfloat16");
        }

        SetType(Cpu, BFloat16);
        SetEnabled(Cpu, true);
        active = true;
    }

    /// <summary>Whether this platform is supported.</summary>
    public static bool IsSupported => !OperatingSystem.IsWindows();

    /// <inheritdoc/>
    public void Dispose()
    {
        if (active)
        {
            SetEnabled(Cpu, false);
            ClearCache();
        }
    }

    [LibraryImport(Library, EntryPoint = "_ZN2at8autocast20set_autocast_enabledEN3c1010DeviceTypeEb")]
    private static partial void SetEnabled(sbyte device, [MarshalAs(UnmanagedType.I1)] bool enabled);

    [LibraryImport(Library, EntryPoint = "_ZN2at8autocast18set_autocast_dtypeEN3c1010DeviceTypeENS1_10ScalarTypeE")]
    private static partial void SetType(sbyte device, sbyte type);

    [LibraryImport(Library, EntryPoint = "_ZN2at8autocast11clear_cacheEv")]
    private static partial void ClearCache();
}
