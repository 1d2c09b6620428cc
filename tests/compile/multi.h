/* multi.h -- what the file with the implementation tells the file without it; C and C++ alike */
#ifndef MULTI_H
#define MULTI_H
#include <stddef.h>

enum { MULTI_SIZES = 19 };

/* MULTI_LIST_SIZES -- the size of every public struct, as this file sees it */
#define MULTI_LIST_SIZES                                                                          \
    {                                                                                             \
        sizeof(webhook_str), sizeof(webhook_status), sizeof(webhook_buf),                         \
            sizeof(webhook_sha256_ctx), sizeof(webhook_hmac_key), sizeof(webhook_hmac_ctx),       \
            sizeof(webhook_expand_ctx), sizeof(webhook_json_token), sizeof(webhook_json_ctx),     \
            sizeof(webhook_json_path), sizeof(webhook_json_writer), sizeof(webhook_json_scratch), \
            sizeof(webhook_mac), sizeof(webhook_message), sizeof(webhook_signature_item),         \
            sizeof(webhook_scheme), sizeof(webhook_verify_ctx), sizeof(webhook_replay_entry),     \
            sizeof(webhook_envelope)                                                              \
    }

#ifdef __cplusplus
extern "C" {
#endif
size_t multi_size(unsigned i);        /* of the i-th struct of the list */
int multi_mac(unsigned char mac[32]); /* case 2 of RFC 4231; 0 where it could not be made */
#ifdef __cplusplus
}
#endif
#endif
