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

    /// <summary>Begins on this thread; the weights' bfloat16 copies are forgotten when it ends, so one is opened for each step.</summary>
    /// <param name="wanted">False: nothing is changed.</param>
    /// <exception cref="EditException">BadArgument: this platform has no autocast to call.</exception>
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

    /// <summary>Whether this platform can.</summary>
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
