using BrushEdit.Linking;
using TorchSharp;

namespace BrushEdit.Caching;

/// <summary>The device and number type of networks, from the names that a user gives.</summary>
/// <param name="Device">The device.</param>
/// <param name="Type">The type of weights and activations.</param>
public sealed record ComputeDevice(torch.Device Device, torch.ScalarType Type)
{
    /// <summary>The name that stands for an automatic choice; <see cref="Available"/> lists the devices that exist here.</summary>
    public const string Auto = "auto";

    /// <summary>
    /// Whether the precision on a CPU is still open: it is single until <see cref="For"/> knows a network's size.
    /// </summary>
    public bool IsOpen { get; init; }

    /// <summary>
    /// Whether U-Net, branch, ControlNet and text encoders store the weights of their layers in 8 bits, with one scale per output channel, and expand
    /// them to <see cref="Type"/> layer by layer. Networks of other kinds are loaded without it.
    /// </summary>
    public bool EightBitWeights { get; init; }

    /// <summary>The names of precisions.</summary>
    public static IReadOnlyList<string> Precisions { get; } = [Auto, "single", "half", "bfloat16"];

    /// <summary>The devices of this machine, best first. Loads libtorch.</summary>
    /// <exception cref="EditException">libtorch is missing or cannot be loaded.</exception>
    public static IReadOnlyList<string> Available
    {
        get
        {
            LibTorch.Require();
            ComputeThreads.Apply();
            List<string> names = [];
            if (torch.cuda.is_available())
            {
                names.AddRange(Enumerable.Range(0, torch.cuda.device_count()).Select(index => $"cuda:{index}"));
            }

            if (torch.mps_is_available())
            {
                names.Add("mps");
            }

            names.Add("cpu");
            return names;
        }
    }

    /// <summary>Chooses device and precision.</summary>
    /// <param name="device">auto, cpu, cuda, cuda:n or mps. auto selects the first of <see cref="Available"/>.</param>
    /// <param name="precision">
    /// auto, single, half or bfloat16. auto selects half on a GPU, and on a CPU single, unless bfloat16 is measured to be faster for a network
    /// (<see cref="For"/>).
    /// </param>
    /// <exception cref="EditException">The name is unknown, the device does not exist here, or it does not support that precision.</exception>
    public static ComputeDevice Choose(string device = Auto, string precision = Auto)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(precision);
        IReadOnlyList<string> available = Available;
        string name = device.ToLowerInvariant() switch
        {
            Auto => available[0],
            "cuda" => "cuda:0",
            string other => other,
        };
        if (!available.Contains(name))
        {
            throw new EditException(
                EditFault.NoDevice,
                $"There is no device '{device}' here.",
                $"Devices of this machine: {string.Join(", ", available)}. CUDA needs an NVIDIA GPU and libtorch for CUDA: Install-EditRuntime -Backend Cuda.",
                device);
        }

        bool isCpu = name == "cpu";
        torch.ScalarType type = precision.ToLowerInvariant() switch
        {
            Auto => isCpu ? torch.ScalarType.Float32 : torch.ScalarType.Float16,
            "single" => torch.ScalarType.Float32,
            "half" when isCpu => throw new EditException(
                EditFault.BadArgument,
                "On a processor, half precision takes minutes for a single layer.",
                "Give -Precision bfloat16, which needs the same memory, or single.",
                precision),
            "half" => torch.ScalarType.Float16,
            "bfloat16" => torch.ScalarType.BFloat16,
            _ => throw new EditException(EditFault.BadArgument, $"'{precision}' is not a precision.", $"Give one of {string.Join(", ", Precisions)}.", precision),
        };
        return new ComputeDevice(torch.device(name), type) { IsOpen = isCpu && precision.Equals(Auto, StringComparison.OrdinalIgnoreCase) };
    }

    /// <summary>
    /// This device with the precision chosen for a denoising network: bfloat16 if the precision was left open and bfloat16 is measured to be clearly
    /// faster.
    /// </summary>
    /// <param name="widths">Channels of the network's levels, from the finest to the coarsest.</param>
    public ComputeDevice For(IReadOnlyList<int> widths)
    {
        ArgumentNullException.ThrowIfNull(widths);
        return IsOpen ? this with { Type = BFloat16Probe.Favours(widths) ? torch.ScalarType.BFloat16 : Type, IsOpen = false } : this;
    }

    /// <summary>The device and precision in words: <c>cuda:0, half</c> or <c>cpu, single, 8-bit weights</c>.</summary>
    public override string ToString() =>
        $"{Device}, {Type switch { torch.ScalarType.Float16 => "half", torch.ScalarType.BFloat16 => "bfloat16", _ => "single" }}{(EightBitWeights ? ", 8-bit weights" : string.Empty)}";
}
