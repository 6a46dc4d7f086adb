using System.Net;
using System.Net.Http.Headers;

namespace BrushEdit.Installing;

/// <summary>Turns the statuses of the hub into faults that say what to do. The rest of a server's answer is not shown.</summary>
internal static class HubFaults
{
    /// <summary>Creates the fault for an unsuccessful answer.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="address">The answering address.</param>
    /// <param name="model">The requested model.</param>
    /// <param name="token">Whether a token was available.</param>
    /// <returns>A <see cref="PassingFaultException"/> or an <see cref="EditException"/>.</returns>
    public static Exception Of(HttpResponseMessage response, Uri address, PublishedModel model, bool token)
    {
        int status = (int)response.StatusCode;
        EditException fault = response.StatusCode switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => Fault(
                EditFault.ServiceFailed,
                $"{address.Host} does not provide {model.Repository} without permission (status {status})",
                token
                    ? $"Check that {HubSettings.TokenVariable} contains a valid token, and agree to the model's terms at {model.Page}."
                    : $"Agree to the model's terms at {model.Page}, and set {HubSettings.TokenVariable} to your token."),
            HttpStatusCode.NotFound or HttpStatusCode.Gone => Fault(
                EditFault.NotFound, $"{model.Repository} is not at {address.Host} (status {status})", $"Check that {model.Page} still exists, and check {HubSettings.EndpointVariable}."),
            HttpStatusCode.TooManyRequests => Fault(EditFault.ServiceFailed, $"{address.Host} accepts no more calls for now (status 429)", "Wait a while and run the command again: received data is kept."),
            HttpStatusCode.ProxyAuthenticationRequired => Fault(EditFault.ServiceFailed, "The proxy asks for a sign-in (status 407)", "Give its user and password in HTTPS_PROXY."),
            _ when status >= 500 => Fault(EditFault.ServiceFailed, $"{address.Host} has a fault (status {status})", "Try again later: received data is kept."),
            _ => Fault(EditFault.ServiceFailed, $"{address.Host} refuses the call for {model.Repository} (status {status})", $"Check {HubSettings.EndpointVariable}, and see {model.Page}."),
        };
        return status is 408 or 425 or 429 or >= 500 ? new PassingFaultException(fault, Wait(response.Headers.RetryAfter)) : fault;

        EditException Fault(EditFault kind, string what, string remedy) => new(kind, what + ".", remedy, model.Repository);
    }

    private static TimeSpan? Wait(RetryConditionHeaderValue? asked) => asked?.Delta ?? (asked?.Date - DateTimeOffset.UtcNow);
}
